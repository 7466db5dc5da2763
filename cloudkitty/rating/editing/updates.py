# SPDX-License-Identifier: Apache-2.0
"""Apply the attributes that a client sends to a mapping.

Clients read a mapping, change an attribute and send the whole mapping back.
Therefore only attributes that differ from the stored ones count as changes.

Stored prices depend on a rule that has been in force, so it can only be given
an end. A rule that has not begun yet can change, except for its service or
field.
"""

import collections.abc
import dataclasses
import datetime
import typing

from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.rating.editing import validity
from cloudkitty.rating.hashmap.editing import errors
from cloudkitty.rating.hashmap.editing import slots

#: Attributes of a ``Record`` with their new values; attributes that the client
#: did not send are missing.
Given = collections.abc.Mapping[str, typing.Any]

_OWNERS = ("service_id", "field_id")
_WRITTEN_BY_US = (
    "created_at",
    "created_by",
    "updated_by",
    "deleted",
    "deleted_by",
)
#: Attributes that an explicit null clears.
_CAN_BE_EMPTY = ("end", "description", "group_id", "tenant_id")
#: Attributes that are cleared unless they are sent.
_EMPTY_IF_LEFT_OUT = ("end", "description")


def apply(
    stored: hashmap_mappings.Mapping[str], given: Given, now: datetime.datetime
) -> hashmap_mappings.Mapping[str]:
    """Return the changed mapping; the stored one if nothing differs.

    :param now: aware UTC, whole seconds.
    :raises RuleError: if the change is not allowed.
    """
    changed = _changed(stored, given)
    for name in _OWNERS:
        if changed.get(name) is not None and stored.start > now:
            raise errors.OwnerFixed()
    for name in _WRITTEN_BY_US:
        if changed.pop(name, None) is not None:
            raise errors.ReadOnly(name)
    if stored.start <= now:
        return _begun(stored, changed, now)
    return _not_begun(stored, given, changed, now)


def slot(record: hashmap_mappings.Mapping[str]) -> tuple[str | None, ...]:
    """Return the attributes that are equal in all mappings of a slot."""
    return (
        record.service_id,
        record.field_id,
        record.value or None,
        record.group_id,
        record.tenant_id,
    )


def _changed(
    stored: hashmap_mappings.Mapping[str], given: Given
) -> dict[str, typing.Any]:
    changed = {}
    for name, value in given.items():
        before = getattr(stored, name)
        if name == "value" and stored.field_id and value is not None:
            # An empty text is the value of points without the label.
            if value != before:
                changed[name] = value
            continue
        if name == "cost" and value is not None:
            value = slots.exact_cost(value)
        if _comparable(value) != _comparable(before):
            changed[name] = None if value == "" else value
    return changed


def _comparable(value: typing.Any) -> typing.Any:
    """Return ``value`` with whole seconds, and None for an empty text."""
    if isinstance(value, datetime.datetime):
        return validity.whole_seconds(value)
    return None if value == "" else value


def _begun(
    stored: hashmap_mappings.Mapping[str],
    changed: dict[str, typing.Any],
    now: datetime.datetime,
) -> hashmap_mappings.Mapping[str]:
    other = {
        "type" if name == "map_type" else name
        for name, value in changed.items()
        if name != "end" and value is not None
    }
    if stored.end is not None and (other or "end" in changed):
        raise errors.EndFixed()
    if other:
        raise errors.Begun(other, stored.start)
    if "end" not in changed:
        return stored
    end = changed["end"]
    if end < now:
        raise errors.EndPast(end, now)
    return dataclasses.replace(stored, end=end)


def _not_begun(
    stored: hashmap_mappings.Mapping[str],
    given: Given,
    changed: dict[str, typing.Any],
    now: datetime.datetime,
) -> hashmap_mappings.Mapping[str]:
    start = changed.get("start")
    if start is not None and start < now:
        raise errors.StartPast(start, now)
    becomes = {
        name: value
        for name, value in changed.items()
        if value is not None or name in _CAN_BE_EMPTY
    }
    for name in _EMPTY_IF_LEFT_OUT:
        if name not in given:
            becomes[name] = None
    return dataclasses.replace(stored, **becomes)
