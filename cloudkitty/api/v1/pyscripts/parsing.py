# SPDX-License-Identifier: Apache-2.0
"""Parsing of scripts and of the filters of their list."""

import datetime
import typing

from cloudkitty.api.v1 import arguments
from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating.pyscripts import editing

_TIMES = ("start", "end", "created_at", "deleted")
_USERS = ("created_by", "updated_by", "deleted_by")
#: Attributes that requests may contain. They include attributes that the
#: service sets, except the checksum, because clients send them back.
ATTRIBUTES = ("script_id", "name", "data", "description", *_TIMES, *_USERS)
FILTERS = (
    "no_data",
    "deleted",
    "is_active",
    "start",
    "end",
    "description",
    *_USERS,
)
#: Maximum number of characters of a name and of a description.
_MAX_NAME = 255
_MAX_DESCRIPTION = 256


def new_script(args: arguments.Arguments) -> editing.NewScript:
    """Return the script to create.

    Attributes that the service sets are ignored.
    """
    given = changes(args)
    return editing.NewScript(
        name=given["name"],
        data=given["data"],
        start=given.get("start"),
        end=given.get("end"),
        description=given.get("description"),
    )


def changes(args: arguments.Arguments) -> dict[str, typing.Any]:
    """Return the attributes that were sent, including null values."""
    read: dict[str, typing.Any] = {
        "name": lambda: args.text("name", max_length=_MAX_NAME),
        "data": lambda: args.text(
            "data", max_length=script_rows.MAX_SOURCE, blank=True
        ),
        "description": lambda: args.text(
            "description", max_length=_MAX_DESCRIPTION, blank=True
        ),
        "end": lambda: args.end("end"),
    }
    given = {name: get() for name, get in read.items() if name in args}
    for name in _TIMES:
        if name in args and name != "end":
            given[name] = args.time(name)
    for name in _USERS:
        if name in args:
            given[name] = args.text(name, blank=True)
    return given


def filters(
    args: arguments.Arguments, now: datetime.datetime
) -> script_rows.Filters:
    """Return the filters of a list; empty strings are ignored."""
    return script_rows.Filters(
        deleted=bool(args.boolean("deleted")),
        start_from=args.time("start"),
        end_before=args.end("end"),
        active_at=now if args.boolean("is_active") else None,
        description=args.text("description", blank=True) or None,
        created_by=args.text("created_by", blank=True) or None,
        updated_by=args.text("updated_by", blank=True) or None,
        deleted_by=args.text("deleted_by", blank=True) or None,
    )
