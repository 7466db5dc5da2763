# SPDX-License-Identifier: Apache-2.0
"""``/v1/collector/mappings``."""

import typing

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import validate
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.collector import types
from cloudkitty.collector import mappings as records
from cloudkitty.db import collector_mappings
from cloudkitty.policies import collector as policy


class Mappings(resource.Resource):
    """The collectors of all services."""

    def child(self, segments: resource.Segments) -> resource.Below:
        return Mapping(segments[0]), segments[1:]

    @resource.answers_json
    def get(self) -> types.Mappings:
        authorize.authorize(policy.LIST_MAPPINGS)
        args = arguments.read("collector")
        collector = args.text("collector", max_length=records.MAX_NAME)
        with hooks.services().database.reader() as session:
            found = collector_mappings.find(session, collector)
        return types.Mappings(
            mappings=[types.Mapping.from_row(row) for row in found]
        )

    @resource.answers_json
    def post(self) -> types.Mapping:
        return _set({})

    @resource.answers_nothing
    def delete(self) -> None:
        authorize.authorize(policy.MANAGE_MAPPING)
        _delete(arguments.read("service", required=["service"]))


class Mapping(resource.Resource):
    """The collector of one service.

    :param service: name in the path.
    """

    def __init__(self, service: str) -> None:
        self._path = {"service": service}

    def child(self, segments: resource.Segments) -> resource.Below:
        service = "/".join([self._path["service"], *segments])
        return Pair(service), []

    @resource.answers_json
    def get(self) -> types.Mapping:
        authorize.authorize(policy.GET_MAPPING)
        service = _text(arguments.read(path=self._path), "service")
        with hooks.services().database.reader() as session:
            found = collector_mappings.get(session, service)
        if found is None:
            raise _not_found(service)
        return types.Mapping.from_row(found)

    @resource.answers_nothing
    def delete(self) -> None:
        authorize.authorize(policy.MANAGE_MAPPING)
        _delete(arguments.read(path=self._path))


class Pair(Mapping):
    """Two segments: for POST, a collector and a service.

    For other methods, they are one service with a slash in its name.
    """

    def child(self, segments: resource.Segments) -> resource.Below:
        return None

    @resource.answers_json
    def post(self) -> types.Mapping:
        collector, _, service = self._path["service"].partition("/")
        return _set({"collector": collector, "service": service})


def _set(path: dict[str, str]) -> types.Mapping:
    """Store the mapping that the path, query or body contains."""
    authorize.authorize(policy.MANAGE_MAPPING)
    names = ("collector", "service")
    args = arguments.read(*names, required=names, path=path)
    made = records.set_mapping(
        hooks.services().database,
        _text(args, "service", max_length=records.MAX_NAME),
        _text(args, "collector", max_length=records.MAX_NAME),
    )
    return types.Mapping.from_row(made)


def _delete(args: arguments.Arguments) -> None:
    service = _text(args, "service")
    if not hooks.services().database.write(
        lambda session: collector_mappings.delete(session, service)
    ):
        raise _not_found(service)


def _text(
    args: arguments.Arguments,
    name: str,
    max_length: int = validate.MAX_TEXT,
) -> str:
    """Return a mandatory text."""
    return typing.cast(str, args.text(name, max_length=max_length))


def _not_found(service: str) -> errors.NotFound:
    return errors.NotFound(
        error_codes.MAPPING_NOT_FOUND,
        f"service {validate.shown(service)} has no collector mapping: GET "
        "/v1/collector/mappings lists the services with a mapping",
    )
