# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/fields``."""

import typing

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1 import rules
from cloudkitty.api.v1.hashmap import base
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.db import facade
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.rating.hashmap.editing import owners


class Field(base.Item):
    """One field."""

    kind = "field"

    def find(
        self, database: facade.Database, ident: str
    ) -> hashmap_services.Field[str]:
        return owners.field(database, ident)

    def show(self) -> types.Field:
        return types.Field.from_row(self.stored())

    def remove(self) -> None:
        ident, _ = parsing.read(self.kind, self.ident)
        with problems.answered():
            owners.delete_field(hooks.services().database, ident)


class Fields(rules.Items):
    """The fields of a service."""

    item = Field

    @resource.answers_json
    def get(self) -> types.Fields:
        return listed(parsing.read("service", None)[0])

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


def listed(service_id: str) -> types.Fields:
    """Return the body of a list of the fields of a service."""
    found = owners.fields(hooks.services().database, service_id)
    return types.Fields(fields=[types.Field.from_row(row) for row in found])
