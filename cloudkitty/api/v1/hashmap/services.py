# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/services``."""

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import fields
from cloudkitty.api.v1.hashmap import mappings
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.rating.hashmap.editing import owners


class Services(resource.Resource):
    """All services."""

    def child(self, segments: resource.Segments) -> resource.Below:
        return Service(segments[0]), segments[1:]

    @resource.answers_json
    def get(self) -> types.Services:
        arguments.read()
        found = owners.services(hooks.services().database)
        return types.Services(
            services=[types.Service.from_row(row) for row in found]
        )

    @resource.answers_json
    def post(self) -> types.Service:
        args = arguments.read("name", "service_id", required=["name"])
        with problems.answered():
            made = owners.create_service(
                hooks.services().database, parsing.name(args)
            )
        parsing.created(made.service_id)
        return types.Service.from_row(made)

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(None)


class Service(resource.Resource):
    """One service.

    :param ident: id of the service.
    """

    def __init__(self, ident: str) -> None:
        self._ident = ident

    def child(self, segments: resource.Segments) -> resource.Below:
        below = {
            "fields": fields.FieldsOfService,
            "mappings": mappings.MappingsOfService,
        }.get(segments[0])
        return None if below is None else (below(self._ident), segments[1:])

    @resource.answers_json
    def get(self) -> types.Service:
        ident, _ = parsing.read("service", self._ident)
        with problems.answered():
            found = owners.service(hooks.services().database, ident)
        return types.Service.from_row(found)

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(self._ident)


def _delete(ident: str | None) -> None:
    ident, _ = parsing.read("service", ident)
    with problems.answered():
        owners.delete_service(hooks.services().database, ident)
