# SPDX-License-Identifier: Apache-2.0
"""``/v1/rating/modules``."""

import typing

from cloudkitty.api import rating_modules
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.rating import types
from cloudkitty.policies import rating as policy


class Modules(resource.Resource):
    """All rating modules."""

    def child(self, segments: resource.Segments) -> resource.Below:
        return Module("/".join(segments)), []

    @resource.answers_json
    def get(self) -> types.Modules:
        authorize.authorize(policy.LIST_MODULES)
        arguments.read()
        return types.Modules(
            modules=[
                types.Module.from_info(info)
                for info in rating_modules.list_all()
            ]
        )


class Module(resource.Resource):
    """One rating module.

    :param module_id: name in the path.
    """

    def __init__(self, module_id: str) -> None:
        self._path = {"module_id": module_id}

    @resource.answers_json
    def get(self) -> types.Module:
        authorize.authorize(policy.GET_MODULE)
        args = arguments.read(path=self._path)
        return types.Module.from_info(rating_modules.find(_module_id(args)))

    @resource.answers_json
    def put(self) -> types.Module:
        authorize.authorize(policy.UPDATE_MODULE)
        # Clients send back all attributes; those that they cannot change are
        # ignored.
        args = arguments.read(
            "description",
            "enabled",
            "hot-config",
            "priority",
            path=self._path,
        )
        args.refuse_null("enabled", "priority")
        priority = args.raw("priority")
        return types.Module.from_info(
            rating_modules.change(
                _module_id(args),
                enabled=args.boolean("enabled"),
                priority=None
                if priority is None
                else rating_modules.priority(priority),
            )
        )


def _module_id(args: arguments.Arguments) -> str:
    return typing.cast(str, args.text("module_id"))
