# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/thresholds``."""

import typing

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import base
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import prices
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.db import facade
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.hashmap.editing import thresholds

#: All attributes of a threshold in requests and responses.
_ATTRIBUTES = (
    "threshold_id",
    "level",
    "cost",
    "type",
    *parsing.OWNERS,
    "tenant_id",
)
_MANDATORY = ("level", "cost")


class Threshold(base.Rule):
    """One threshold."""

    kind = "threshold"
    price = prices.PriceOfThreshold

    def find(
        self, database: facade.Database, ident: str
    ) -> hashmap_thresholds.Threshold[str]:
        return thresholds.get(database, ident)

    def show(self) -> types.Threshold:
        return types.Threshold.from_row(self.stored())

    def change(self) -> types.Threshold:
        ident, args = parsing.read(
            self.kind, self.ident, *_ATTRIBUTES, required=_MANDATORY
        )
        new = _new(args)
        with problems.answered():
            changed = thresholds.update(
                hooks.services().database,
                ident,
                new,
                keep_group="group_id" not in args,
            )
        return types.Threshold.from_row(changed)

    def remove(self) -> None:
        ident, _ = parsing.read(self.kind, self.ident)
        with problems.answered():
            thresholds.delete(hooks.services().database, ident)


class Thresholds(base.Rules):
    """The thresholds of a service, a field or a group."""

    item = Threshold

    @resource.answers_json
    def get(self) -> types.Thresholds:
        args = arguments.read(
            *parsing.OWNERS, "tenant_id", "filter_tenant", "no_group"
        )
        return listed(_filters(args))

    @resource.answers_json
    def post(self) -> types.Threshold:
        args = arguments.read(*_ATTRIBUTES, required=_MANDATORY)
        new = _new(args)
        with problems.answered():
            made = thresholds.create(hooks.services().database, new)
        parsing.created(made.threshold_id)
        return types.Threshold.from_row(made)


def listed(filters: hashmap_thresholds.Filters) -> types.Thresholds:
    """Return the body of a list of thresholds."""
    found = thresholds.find(hooks.services().database, filters)
    return types.Thresholds(
        thresholds=[types.Threshold.from_row(row) for row in found]
    )


def _new(args: arguments.Arguments) -> thresholds.NewThreshold:
    return thresholds.NewThreshold(
        level=typing.cast(typing.Any, args.decimal("level", places=8)),
        cost=typing.cast(typing.Any, args.decimal("cost")),
        map_type=parsing.map_type(args) or "flat",
        **parsing.owners(args),
        tenant_id=parsing.tenant(args),
    )


def _filters(args: arguments.Arguments) -> hashmap_thresholds.Filters:
    if not any(args.given(name) for name in parsing.OWNERS):
        raise errors.BadRequest(
            error_codes.ARGUMENT_MISSING,
            "the owner is missing: send service_id, field_id or group_id",
        )
    parsing.forbid_both(args, "service_id", "field_id")
    no_group = bool(args.boolean("no_group"))
    if no_group:
        parsing.forbid_both(args, "group_id", "no_group")
    tenant_id, general = parsing.tenant_filter(args)
    return hashmap_thresholds.Filters(
        **{name: args.text(name, blank=True) for name in parsing.OWNERS},
        no_group=no_group,
        tenant_id=tenant_id,
        general=general,
    )
