# SPDX-License-Identifier: Apache-2.0
"""Parsing of requests for scopes."""

import collections.abc
import dataclasses
import datetime
import typing

from oslo_config import cfg

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import body
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_time
from cloudkitty.common import scopes
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records

#: Maximum number of characters of the columns except the identifier.
MAX_PART = 40
_PARTS = ("scope_key", "fetcher", "collector")
#: Key of the date, and its key in python-cloudkittyclient.
_DATE = "last_processed_timestamp"
_DATE_OF_CLIENT = "state"
_CLOSED = "closed_before"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewScope:
    """A scope to add."""

    scope: scopes.Scope
    last_processed_at: datetime.datetime
    active: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Scopes to reset; empty filters select every scope.

    :param begin: beginning of the first period to rate again.
    """

    begin: datetime.datetime
    identifiers: tuple[str, ...]
    filters: scope_queries.Filters


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Changes of a scope; ``None`` keeps the current value."""

    identifier: str
    parts: collections.abc.Mapping[str, str | None]
    active: bool | None
    closing: scope_records.Closing | None


def read_new(conf: cfg.ConfigOpts) -> NewScope:
    """Return the scope to add from the body of the current request.

    :param conf: options with the defaults of missing keys.
    """
    content = body.read(
        ("scope_id", _DATE, _DATE_OF_CLIENT, "active", *_PARTS),
        required=("scope_id",),
    )
    defaults = {
        "scope_key": conf.collect.scope_key,
        "fetcher": conf.fetcher.backend,
        "collector": conf.collect.collector,
    }
    parts = {
        name: _part(name, content.get(name)) or defaults[name]
        for name in _PARTS
    }
    active = content.get("active")
    return NewScope(
        scope=scopes.Scope(identifier=_identifier(content), **parts),
        last_processed_at=_date(content),
        active=active is None or validate.boolean("active", active),
    )


def read_reset() -> Reset:
    """Return the reset from the body of the current request."""
    content = body.read(
        ("all_scopes", "scope_id", _DATE, _DATE_OF_CLIENT, *_PARTS)
    )
    identifiers = _texts(content, "scope_id", validate.MAX_TEXT)
    everything = content.get("all_scopes")
    if everything is not None and identifiers:
        raise errors.BadRequest(
            error_codes.ARGUMENT_INVALID,
            "all_scopes and scope_id are mutually exclusive: send one of them",
        )
    if not identifiers and not (
        everything is not None and validate.boolean("all_scopes", everything)
    ):
        raise errors.BadRequest(
            error_codes.ARGUMENT_MISSING,
            "no scope is selected: send scope_id, or all_scopes true",
        )
    return Reset(
        begin=_date(content),
        identifiers=identifiers,
        filters={
            "scope_keys": _texts(content, "scope_key", MAX_PART),
            "fetchers": _texts(content, "fetcher", MAX_PART),
            "collectors": _texts(content, "collector", MAX_PART),
        },
    )


def read_change() -> Change:
    """Return the change from the body of the current request."""
    content = body.read(
        ("scope_id", "active", _CLOSED, *_PARTS), required=("scope_id",)
    )
    active = content.get("active")
    return Change(
        identifier=_identifier(content),
        parts={name: _part(name, content.get(name)) for name in _PARTS},
        active=None if active is None else validate.boolean("active", active),
        closing=_closing(content) if _CLOSED in content else None,
    )


def _closing(content: dict[str, typing.Any]) -> scope_records.Closing:
    """Return the end of the closed periods; null opens them."""
    value = content[_CLOSED]
    return scope_records.Closing(
        None if value is None else validate_time.time(_CLOSED, value)
    )


def _identifier(content: dict[str, typing.Any]) -> str:
    return validate.text("scope_id", _one(content["scope_id"]))


def _part(name: str, value: object) -> str | None:
    """Return a string; ``None`` if it is missing or empty."""
    value = _one(value)
    if value is None:
        return None
    return (
        validate.text(name, value, max_length=MAX_PART, blank=True).strip()
        or None
    )


def _one(value: object) -> object:
    """Return the item of a list with one item, as upstream accepts it."""
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    return value


def _texts(
    content: dict[str, typing.Any], name: str, max_length: int
) -> tuple[str, ...]:
    value = content.get(name)
    if value is None:
        return ()
    return validate.text_list(name, value, max_length=max_length)


def _date(content: dict[str, typing.Any]) -> datetime.datetime:
    """Return the date from one of its keys."""
    named = {
        name: validate_time.time(name, _one(content[name]))
        for name in (_DATE, _DATE_OF_CLIENT)
        if content.get(name) is not None
    }
    if not named:
        raise errors.BadRequest(
            error_codes.ARGUMENT_MISSING, f"{_DATE} is missing: send it"
        )
    if len(set(named.values())) > 1:
        raise errors.BadRequest(
            error_codes.ARGUMENT_INVALID,
            f"{_DATE} and {_DATE_OF_CLIENT} differ: send one of them",
        )
    return next(iter(named.values()))
