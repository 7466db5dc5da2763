# SPDX-License-Identifier: Apache-2.0
"""``.../hashmap/rules``, and ``price`` of a mapping or a threshold."""

import typing

import pecan

from cloudkitty.api import resource
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.api.v1.hashmap import problems
from cloudkitty.api.v1.hashmap import types
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.hashmap.editing import prices
from cloudkitty.rating.hashmap.editing import thresholds


class Rules(resource.Resource):
    """All rules with their services, fields and groups."""

    @resource.answers_json
    def get(self) -> types.Rules:
        arguments.read()
        with hooks.services().database.reader() as session:
            return types.Rules.from_rows(
                hashmap_services.find_services(session),
                hashmap_services.find_fields(session),
                hashmap_services.find_groups(session),
                hashmap_mappings.find(session, hashmap_mappings.Filters()),
                hashmap_thresholds.find(session, hashmap_thresholds.Filters()),
            )


class Price(resource.Resource):
    """The price of a mapping or a threshold.

    :param ident: its id in the path.
    """

    def __init__(self, ident: str) -> None:
        self._ident = ident


class PriceOfMapping(Price):
    """The price of a mapping."""

    @resource.answers_json
    def post(self) -> types.ChangedPrice:
        """Change the price from a time on."""
        args = arguments.read("force", "cost", "start", required=["cost"])
        new = prices.NewPrice(
            cost=typing.cast(typing.Any, args.decimal("cost")),
            start=args.time("start"),
        )
        services = hooks.services()
        force = bool(args.boolean("force"))
        with problems.answered():
            old, made = prices.change(
                services.database,
                self._ident,
                new,
                user_id=parsing.user(),
                now=services.clock.now(),
                force=force,
            )
        pecan.response.status = 201
        path = pecan.request.path_url.rstrip("/").split("/")
        path[-2:] = [made.mapping_id]
        pecan.response.headers["Location"] = "/".join(path)
        return types.ChangedPrice(
            old=types.Mapping.from_row(old), new=types.Mapping.from_row(made)
        )


class PriceOfThreshold(Price):
    """The price of a threshold."""

    @resource.answers_json
    def post(self) -> types.Threshold:
        """Change the price, and nothing else."""
        args = arguments.read("cost", required=["cost"])
        cost = typing.cast(typing.Any, args.decimal("cost"))
        with problems.answered():
            changed = thresholds.change_price(
                hooks.services().database, self._ident, cost
            )
        return types.Threshold.from_row(changed)
