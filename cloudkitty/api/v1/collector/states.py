# SPDX-License-Identifier: Apache-2.0
"""``/v1/collector/states``."""

import typing

from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.collector import types
from cloudkitty.collector import mappings as collector_mappings
from cloudkitty.policies import collector as policy


class States(resource.Resource):
    """The state of the collector named in the query or the body."""

    #: Arguments from the path.
    path: dict[str, str] = {}

    def child(self, segments: resource.Segments) -> resource.Below:
        return State("/".join(segments)), []

    @resource.answers_json
    def get(self) -> types.State:
        authorize.authorize(policy.GET_STATE)
        name = _name(arguments.read("name", required=["name"], path=self.path))
        enabled = collector_mappings.enabled(hooks.services().database, name)
        return types.State(name=name, enabled=enabled)

    @resource.answers_json
    def put(self) -> types.State:
        authorize.authorize(policy.UPDATE_STATE)
        args = arguments.read(
            "name", "enabled", required=("name", "enabled"), path=self.path
        )
        name = _name(args)
        enabled = typing.cast(bool, args.boolean("enabled"))
        collector_mappings.set_enabled(
            hooks.services().database, name, enabled
        )
        return types.State(name=name, enabled=enabled)


class State(States):
    """The state of the collector named in the path."""

    def __init__(self, name: str) -> None:
        self.path = {"name": name}

    def child(self, segments: resource.Segments) -> resource.Below:
        return None


class NamedState(State):
    """The same state under ``/v1/collector/{name}/states``."""


def _name(args: arguments.Arguments) -> str:
    name = args.text("name", max_length=collector_mappings.MAX_NAME)
    return typing.cast(str, name)
