# SPDX-License-Identifier: Apache-2.0
"""What the controllers of hashmap's rules read alike."""

import collections.abc
import typing

import pecan

from cloudkitty.api import errors
from cloudkitty.api import hooks
from cloudkitty.api import validate
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import types

#: Characters, as wide as the columns.
MAX_NAME = 255
#: Characters of the name of a mapping.
MAX_RULE_NAME = 32
MAX_DESCRIPTION = 4096
#: Of whoever does not say who it is.
UNKNOWN = "unknown"
#: What a rule belongs to.
OWNERS = ("service_id", "field_id", "group_id")


def read(
    kind: str,
    ident: str | None,
    *names: str,
    required: collections.abc.Iterable[str] = (),
) -> tuple[str, arguments.Arguments]:
    """Return the id of what is asked for, and the arguments.

    :param kind: ``service``, ``mapping`` and the like.
    :param ident: the segment of the path; None if there is none, for an id
        that is in the query or in the body.
    """
    name = f"{kind}_id"
    path = {} if ident is None else {name: ident}
    args = arguments.read(name, *names, required=[name, *required], path=path)
    # An id in a path may be any word, which is not found then.
    wanted = args.text(name, max_length=validate.MAX_TEXT, blank=True)
    return typing.cast(str, wanted), args


def name(args: arguments.Arguments) -> str:
    """Return the mandatory name of a service, a field or a group."""
    return typing.cast(str, args.text("name", max_length=MAX_NAME))


def owners(args: arguments.Arguments) -> dict[str, str | None]:
    """Return the UUIDs of what a rule belongs to."""
    return {each: args.uuid(each) for each in OWNERS}


def map_type(args: arguments.Arguments) -> str | None:
    """Return ``flat`` or ``rate``."""
    return args.choice("type", types.MAP_TYPES)


def tenant(args: arguments.Arguments) -> str | None:
    """Return the scope that a rule is for, None for all."""
    return args.text("tenant_id", max_length=MAX_NAME)


def tenant_filter(args: arguments.Arguments) -> tuple[str | None, bool]:
    """Return the scope whose rules are asked for, and whether those of all.

    ``filter_tenant`` without a ``tenant_id`` asks for the latter.
    """
    wanted = args.text("tenant_id", blank=True)
    return wanted, bool(args.boolean("filter_tenant")) and wanted is None


def forbid_both(args: arguments.Arguments, one: str, other: str) -> None:
    """Raise a 400 if two filters are there that nothing passes."""
    if args.given(one) and args.given(other):
        raise errors.BadRequest(
            errors.ARGUMENT_INVALID,
            f"{one} and {other} are mutually exclusive: send one of them",
        )


def user() -> str:
    """Return the id of the user whose token the request came with."""
    ident = hooks.context().user_id or ""
    # Without Keystone anybody can claim anything to be it.
    return ident if ident.isprintable() and 0 < len(ident) <= 64 else UNKNOWN


def created(ident: str) -> None:
    """Make the answer in flight 201, with the URL of what was made."""
    pecan.response.status = 201
    url = pecan.request.path_url.rstrip("/")
    pecan.response.headers["Location"] = f"{url}/{ident}"
