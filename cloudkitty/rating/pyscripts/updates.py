# SPDX-License-Identifier: Apache-2.0
"""Apply the attributes that a client sends to a script.

Clients read a script, change an attribute and send the whole script back.
Therefore only attributes that differ from the stored ones count as changes.
Stored prices depend on a script that has been in force, so it can only be
given an end.
"""

import collections.abc
import dataclasses
import datetime
import typing

from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating.pyscripts import errors

#: Attributes of a ``Script`` with their new values; attributes that the client
#: did not send are missing.
Given = collections.abc.Mapping[str, typing.Any]

_WRITTEN_BY_US = (
    "created_at",
    "created_by",
    "updated_by",
    "deleted",
    "deleted_by",
)
#: Attributes that are cleared by null, or if they are not sent.
_CAN_BE_EMPTY = ("end", "description")


def apply(
    stored: script_rows.Script, given: Given, now: datetime.datetime
) -> script_rows.Script:
    """Return the changed script; the stored one if nothing differs.

    :param now: aware UTC, whole seconds.
    :raises cloudkitty.rating.pyscripts.errors.ScriptError: if the change is
        not allowed.
    """
    changed = {
        name: value
        for name, value in given.items()
        if _comparable(value) != _comparable(getattr(stored, name))
    }
    for name in _WRITTEN_BY_US:
        if changed.pop(name, None) is not None:
            raise errors.ReadOnly(name)
    if stored.start <= now:
        return _begun(stored, changed, now)
    return _not_begun(stored, given, changed, now)


def check_validity(
    start: datetime.datetime, end: datetime.datetime | None
) -> None:
    """Check that a script does not end before it begins.

    :raises cloudkitty.rating.pyscripts.errors.EndBeforeStart: if it does.
    """
    if end is not None and end < start:
        raise errors.EndBeforeStart(start, end)


def whole_seconds(at: datetime.datetime) -> datetime.datetime:
    """Return ``at`` at the precision of every database and of the API."""
    return at.replace(microsecond=0)


def _comparable(value: typing.Any) -> typing.Any:
    """Return ``value`` with whole seconds, and None for an empty text."""
    if isinstance(value, datetime.datetime):
        return whole_seconds(value)
    return None if value == "" else value


def _begun(
    stored: script_rows.Script,
    changed: dict[str, typing.Any],
    now: datetime.datetime,
) -> script_rows.Script:
    other = {
        name
        for name, value in changed.items()
        if name != "end" and value not in (None, "")
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
    stored: script_rows.Script,
    given: Given,
    changed: dict[str, typing.Any],
    now: datetime.datetime,
) -> script_rows.Script:
    start = changed.get("start")
    if start is not None and start < now:
        raise errors.StartPast(start, now)
    becomes = {
        name: value
        for name, value in changed.items()
        if value is not None or name in _CAN_BE_EMPTY
    }
    for name in _CAN_BE_EMPTY:
        if name not in given:
            becomes[name] = None
    return dataclasses.replace(stored, **becomes)
