# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/fields``."""

import typing

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.rating.hashmap.editing import owners


class Fields(resource.Resource):
    """The fields of a service."""

    def child(self, segments: resource.Segments) -> resource.Below:
        return Field(segments[0]), segments[1:]

    @resource.answers_json
    def get(self) -> types.Fields:
        return _list(parsing.read("service", None)[0])

    @resource.answers_json
    def post(self) -> types.Field:
        args = arguments.read(
            "name", "service_id", "field_id", required=["name", "service_id"]
        )
        service_id = typing.cast(str, args.uuid("service_id"))
        with problems.answered():
            made = owners.create_field(
                hooks.services().database, service_id, parsing.name(args)
            )
        parsing.created(made.field_id)
        return types.Field.from_row(made)

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(None)


class FieldsOfService(resource.Resource):
    """The fields of a service.

    :param service_id: id of the service, from the path.
    """

    def __init__(self, service_id: str) -> None:
        self._service_id = service_id

    @resource.answers_json
    def get(self) -> types.Fields:
        ident, _ = parsing.read("service", self._service_id)
        with problems.answered():
            owners.service(hooks.services().database, ident)
        return _list(ident)


class Field(resource.Resource):
    """One field.

    :param ident: id of the field.
    """

    def __init__(self, ident: str) -> None:
        self._ident = ident

    @resource.answers_json
    def get(self) -> types.Field:
        ident, _ = parsing.read("field", self._ident)
        with problems.answered():
            found = owners.field(hooks.services().database, ident)
        return types.Field.from_row(found)

    @resource.answers_nothing
    def delete(self) -> None:
        _delete(self._ident)


def _list(service_id: str) -> types.Fields:
    found = owners.fields(hooks.services().database, service_id)
    return types.Fields(fields=[types.Field.from_row(row) for row in found])


def _delete(ident: str | None) -> None:
    ident, _ = parsing.read("field", ident)
    with problems.answered():
        owners.delete_field(hooks.services().database, ident)
