# SPDX-License-Identifier: Apache-2.0
"""Apply the attributes that a client sends to a mapping or a script.

Clients read a rule, change an attribute and send the whole rule back.
Therefore only attributes that differ from the stored ones count as changes.

Stored prices depend on a rule that has been in force, so it can only be given
an end. A rule that has not begun yet can change, except for its owner.
"""

import collections.abc
import dataclasses
import datetime
import typing

from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating.editing import errors
from cloudkitty.rating.editing import validity

#: Attributes of a rule with their new values; attributes that the client did
#: not send are missing.
Given = collections.abc.Mapping[str, typing.Any]
_Convert = collections.abc.Callable[[typing.Any], typing.Any]
_Rule = typing.TypeVar(
    "_Rule", hashmap_mappings.Mapping[str], script_rows.Script
)

_WRITTEN_BY_US = (
    "created_at",
    "created_by",
    "updated_by",
    "deleted",
    "deleted_by",
)
#: Attributes that are cleared unless they are sent.
_EMPTY_IF_LEFT_OUT = ("end", "description")


def _never(rule: typing.Any, name: str) -> bool:
    return False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kind:
    """Differences between the updates of mappings and of scripts.

    :param noun: for messages.
    :param owners: attributes that never change.
    :param can_be_empty: attributes that an explicit null clears.
    :param convert: attribute to the conversion of a value that is sent.
    :param blank_is_null: an empty text is stored as NULL.
    :param blank_is_value: returns whether an empty text in an attribute of a
        stored rule differs from null.
    :param api_names: attribute to its name in the API, if they differ.
    :param owner_error: raised for a change of an owner.
    """

    noun: str
    owners: tuple[str, ...] = ()
    can_be_empty: tuple[str, ...] = _EMPTY_IF_LEFT_OUT
    convert: collections.abc.Mapping[str, _Convert] = dataclasses.field(
        default_factory=dict
    )
    blank_is_null: bool = False
    blank_is_value: collections.abc.Callable[[typing.Any, str], bool] = _never
    api_names: collections.abc.Mapping[str, str] = dataclasses.field(
        default_factory=dict
    )
    owner_error: type[errors.EditError] = errors.EditError


def apply(
    kind: Kind, stored: _Rule, given: Given, now: datetime.datetime
) -> _Rule:
    """Return the changed rule; the stored one if nothing differs.

    :param now: aware UTC, whole seconds.
    :raises EditError: if the change is not allowed.
    """
    changed = _changed(kind, stored, given)
    for name in kind.owners:
        if changed.get(name) is not None and stored.start > now:
            raise kind.owner_error()
    for name in _WRITTEN_BY_US:
        if changed.pop(name, None) is not None:
            raise errors.ReadOnly(kind.noun, name)
    if stored.start <= now:
        return _begun(kind, stored, changed, now)
    return _not_begun(kind, stored, given, changed, now)


def _changed(kind: Kind, stored: _Rule, given: Given) -> dict[str, typing.Any]:
    changed = {}
    for name, value in given.items():
        if value is not None and name in kind.convert:
            value = kind.convert[name](value)
        blank = kind.blank_is_value(stored, name)
        before = getattr(stored, name)
        if _comparable(value, blank) != _comparable(before, blank):
            null = value == "" and kind.blank_is_null and not blank
            changed[name] = None if null else value
    return changed


def _comparable(value: typing.Any, blank_is_value: bool) -> typing.Any:
    """Return ``value`` with whole seconds, and None for an empty text."""
    if isinstance(value, datetime.datetime):
        return validity.whole_seconds(value)
    return None if value == "" and not blank_is_value else value


def _begun(
    kind: Kind,
    stored: _Rule,
    changed: dict[str, typing.Any],
    now: datetime.datetime,
) -> _Rule:
    other = {
        kind.api_names.get(name, name)
        for name, value in changed.items()
        if name != "end"
        and _comparable(value, kind.blank_is_value(stored, name)) is not None
    }
    if stored.end is not None and (other or "end" in changed):
        raise errors.EndFixed(kind.noun)
    if other:
        raise errors.Begun(kind.noun, other, stored.start)
    if "end" not in changed:
        return stored
    end = changed["end"]
    if end < now:
        raise errors.EndPast(kind.noun, end, now)
    return dataclasses.replace(stored, end=end)


def _not_begun(
    kind: Kind,
    stored: _Rule,
    given: Given,
    changed: dict[str, typing.Any],
    now: datetime.datetime,
) -> _Rule:
    start = changed.get("start")
    if start is not None and start < now:
        raise errors.StartPast(kind.noun, start, now)
    becomes = {
        name: value
        for name, value in changed.items()
        if value is not None or name in kind.can_be_empty
    }
    for name in _EMPTY_IF_LEFT_OUT:
        if name not in given:
            becomes[name] = None
    return dataclasses.replace(stored, **becomes)
