# SPDX-License-Identifier: Apache-2.0
"""Parsing of mappings and of the filters of their list."""

import datetime
import functools
import typing

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import parsing
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.rating.editing import updates
from cloudkitty.rating.hashmap.editing import mappings

#: Attributes that the service sets; clients send them back.
_WRITTEN_TIMES = ("created_at", "deleted")
_WRITTEN_TEXTS = ("created_by", "updated_by", "deleted_by")
#: All attributes of a mapping in requests and responses.
ATTRIBUTES = (
    "mapping_id",
    "value",
    "type",
    "cost",
    "service_id",
    "field_id",
    "group_id",
    "tenant_id",
    "name",
    "description",
    "start",
    "end",
    *_WRITTEN_TIMES,
    *_WRITTEN_TEXTS,
)

_OWNER_FILTERS = ("service_id", "field_id", "group_id")
FILTERS = (
    *_OWNER_FILTERS,
    "no_group",
    "tenant_id",
    "filter_tenant",
    "deleted",
    "start",
    "end",
    "is_active",
    "description",
    "all",
    *_WRITTEN_TEXTS,
)


def new(args: arguments.Arguments) -> mappings.NewMapping:
    """Return the mapping to create.

    Attributes that the service sets are ignored.
    """
    return mappings.NewMapping(
        cost=typing.cast(typing.Any, args.decimal("cost")),
        map_type=parsing.map_type(args) or "flat",
        **parsing.owners(args),
        tenant_id=parsing.tenant(args),
        value=_value(args),
        name=_name(args),
        description=_description(args),
        start=args.time("start"),
        end=args.end("end"),
    )


def given(args: arguments.Arguments) -> updates.Given:
    """Return the attributes that were sent to change a mapping."""
    readers: dict[str, typing.Callable[[], object]] = {
        "cost": lambda: args.decimal("cost"),
        "type": lambda: parsing.map_type(args),
        "tenant_id": lambda: args.text("tenant_id", blank=True),
        "value": lambda: _value(args),
        "name": lambda: _name(args),
        "description": lambda: _description(args),
        "start": lambda: args.time("start"),
        "end": lambda: args.end("end"),
        **{
            name: functools.partial(args.uuid, name) for name in parsing.OWNERS
        },
        **{
            name: functools.partial(args.time, name) for name in _WRITTEN_TIMES
        },
        **{
            name: functools.partial(args.text, name, blank=True)
            for name in _WRITTEN_TEXTS
        },
    }
    return {
        "map_type" if name == "type" else name: read()
        for name, read in readers.items()
        if name in args
    }


def filters(
    args: arguments.Arguments, now: datetime.datetime
) -> hashmap_mappings.Filters:
    """Return the filters of a list of mappings.

    :param now: time for ``is_active``.
    """
    parsing.forbid_both(args, "service_id", "field_id")
    no_group = bool(args.boolean("no_group"))
    if no_group:
        parsing.forbid_both(args, "group_id", "no_group")
    tenant_id, general = parsing.tenant_filter(args)
    if args.boolean("all") is False and not (
        no_group or any(args.given(name) for name in _OWNER_FILTERS)
    ):
        raise errors.BadRequest(
            error_codes.ARGUMENT_MISSING,
            "all is false: send service_id, field_id, group_id or no_group, "
            "or omit all",
        )
    return hashmap_mappings.Filters(
        **{name: args.text(name, blank=True) for name in _OWNER_FILTERS},
        no_group=no_group,
        tenant_id=tenant_id,
        general=general,
        deleted=bool(args.boolean("deleted")),
        start_from=args.time("start"),
        end_before=args.time("end"),
        active_at=now if args.boolean("is_active") else None,
        **{name: args.text(name, blank=True) for name in _WRITTEN_TEXTS},
        description=args.text("description", blank=True),
    )


def _value(args: arguments.Arguments) -> str | None:
    return args.text("value", max_length=parsing.MAX_NAME, blank=True)


def _name(args: arguments.Arguments) -> str | None:
    return args.text("name", max_length=parsing.MAX_RULE_NAME)


def _description(args: arguments.Arguments) -> str | None:
    return args.text(
        "description", max_length=parsing.MAX_DESCRIPTION, blank=True
    )
