# SPDX-License-Identifier: Apache-2.0
"""Common arguments of the controllers of hashmap's rules."""

import collections.abc
import typing

import pecan

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import hooks
from cloudkitty.api.request import validate
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.hashmap import types

#: Maximum number of characters: the size of the columns.
MAX_NAME = 255
#: Maximum number of characters of the name of a mapping.
MAX_RULE_NAME = 32
MAX_DESCRIPTION = 4096
#: Stored instead of a missing user id.
UNKNOWN = "unknown"
#: Arguments with the ids of the owners of a rule.
OWNERS = ("service_id", "field_id", "group_id")


def read(
    kind: str,
    ident: str | None,
    *names: str,
    required: collections.abc.Iterable[str] = (),
) -> tuple[str, arguments.Arguments]:
    """Return the id of the requested object, and the arguments.

    :param kind: kind of the object, such as ``service`` or ``mapping``.
    :param ident: segment of the path; ``None`` if the id is in the query or
        in the body.
    """
    name = f"{kind}_id"
    path = {} if ident is None else {name: ident}
    args = arguments.read(name, *names, required=[name, *required], path=path)
    # An id in a path may be any string; if it does not exist, return 404.
    wanted = args.text(name, max_length=validate.MAX_TEXT, blank=True)
    return typing.cast(str, wanted), args


def name(args: arguments.Arguments) -> str:
    """Return the required name of a service, a field or a group."""
    return typing.cast(str, args.text("name", max_length=MAX_NAME))


def owners(args: arguments.Arguments) -> dict[str, str | None]:
    """Return the UUIDs of the owners of a rule."""
    return {each: args.uuid(each) for each in OWNERS}


def map_type(args: arguments.Arguments) -> str | None:
    """Return ``flat`` or ``rate``."""
    return args.choice("type", types.MAP_TYPES)


def tenant(args: arguments.Arguments) -> str | None:
    """Return the scope of a rule; ``None`` applies it to every scope."""
    return args.text("tenant_id", max_length=MAX_NAME)


def tenant_filter(args: arguments.Arguments) -> tuple[str | None, bool]:
    """Return the scope to filter by, and whether to filter common rules.

    ``filter_tenant`` without a ``tenant_id`` selects the rules that apply to
    every scope.
    """
    wanted = args.text("tenant_id", blank=True)
    return wanted, bool(args.boolean("filter_tenant")) and wanted is None


def forbid_both(args: arguments.Arguments, one: str, other: str) -> None:
    """Raise a 400 if two mutually exclusive filters were sent."""
    if args.given(one) and args.given(other):
        raise errors.BadRequest(
            error_codes.ARGUMENT_INVALID,
            f"{one} and {other} are mutually exclusive: send one of them",
        )


def user() -> str:
    """Return the id of the user whose token the request contains."""
    ident = hooks.context().user_id or ""
    # Without Keystone, clients can send any user id.
    return ident if ident.isprintable() and 0 < len(ident) <= 64 else UNKNOWN


def created(ident: str) -> None:
    """Set the status 201 and the URL of the created object."""
    pecan.response.status = 201
    url = pecan.request.path_url.rstrip("/")
    pecan.response.headers["Location"] = f"{url}/{ident}"
