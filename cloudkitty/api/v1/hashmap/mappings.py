# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/mappings``."""

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import base
from cloudkitty.api.v1.hashmap import mapping_parsing
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import prices
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.db import facade
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.rating.hashmap.editing import mappings


class Mapping(base.Rule):
    """One mapping."""

    kind = "mapping"
    price = prices.PriceOfMapping

    def find(
        self, database: facade.Database, ident: str
    ) -> hashmap_mappings.Mapping[str]:
        return mappings.get(database, ident)

    def show(self) -> types.Mapping:
        return types.Mapping.from_row(self.stored())

    def change(self) -> types.Mapping:
        ident, args = parsing.read(
            self.kind,
            self.ident,
            *mapping_parsing.ATTRIBUTES,
            required=["cost"],
        )
        services = hooks.services()
        given = mapping_parsing.given(args)
        with problems.answered():
            changed = mappings.update(
                services.database,
                ident,
                given,
                user_id=parsing.user(),
                now=services.clock.now(),
            )
        return types.Mapping.from_row(changed)

    def remove(self) -> None:
        ident, _ = parsing.read(self.kind, self.ident)
        services = hooks.services()
        with problems.answered():
            mappings.delete(
                services.database,
                ident,
                user_id=parsing.user(),
                now=services.clock.now(),
            )


class Mappings(base.Rules):
    """All mappings."""

    item = Mapping

    @resource.answers_json
    def get(self) -> types.Mappings:
        args = arguments.read(*mapping_parsing.FILTERS)
        return listed(
            mapping_parsing.filters(args, hooks.services().clock.now())
        )

    @resource.answers_json
    def post(self) -> types.Mapping:
        args = arguments.read(
            "force", *mapping_parsing.ATTRIBUTES, required=["cost"]
        )
        services = hooks.services()
        new = mapping_parsing.new(args)
        force = bool(args.boolean("force"))
        with problems.answered():
            made = mappings.create(
                services.database,
                new,
                user_id=parsing.user(),
                now=services.clock.now(),
                force=force,
            )
        parsing.created(made.mapping_id)
        return types.Mapping.from_row(made)


def listed(filters: hashmap_mappings.Filters) -> types.Mappings:
    """Return the body of a list of mappings."""
    found = mappings.find(hooks.services().database, filters)
    return types.Mappings(
        mappings=[types.Mapping.from_row(row) for row in found]
    )
