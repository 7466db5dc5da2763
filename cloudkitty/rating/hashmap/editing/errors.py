# SPDX-License-Identifier: Apache-2.0
"""Errors of the edits of hashmap's rules.

Every message names the fault and the remedy. The classes are independent of
HTTP: the API maps them to its published codes.
"""

import collections.abc
import datetime

from cloudkitty.common import exceptions
from cloudkitty.common import wording
from cloudkitty.rating import running


class RuleError(exceptions.CloudKittyError):
    """A rule cannot be made or changed as asked."""


class NotFound(RuleError):
    """The service, field, group or rule does not exist.

    :param kind: ``service``, ``field``, ``group``, ``mapping`` or
        ``threshold``.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"no {kind} has this id: GET the list of {kind}s for the "
            "existing ones"
        )


class NoGroup(RuleError):
    """The rule is in no group."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"this {kind} is in no group")


class NameTaken(RuleError):
    """The name is already in use."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(
            f"a {kind} named {wording.shown(name)} already exists: choose "
            f"another name, or use the existing {kind}"
        )


class OwnerInvalid(RuleError):
    """A rule has one owner: send either service_id or field_id."""


class OwnerUnknown(RuleError):
    """The service, field or group of the rule does not exist."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"{kind}_id is not the id of an existing {kind}: send an id "
            f"that GET .../{kind}s lists"
        )


class ValueInvalid(RuleError):
    """The value does not match the owner."""


class NumberInvalid(RuleError):
    """A number does not fit its column."""


class StartPast(RuleError):
    """The rule would begin in the past."""

    def __init__(
        self, start: datetime.datetime, now: datetime.datetime
    ) -> None:
        super().__init__(
            f"start {start} is in the past (now {now}): send a later start; "
            "to apply a new rule to past periods when they are reprocessed, "
            "create it with force=true"
        )


class EndBeforeStart(RuleError):
    """The rule would end before it begins."""

    def __init__(
        self, start: datetime.datetime, end: datetime.datetime
    ) -> None:
        super().__init__(
            f"end {end} is before start {start}: send an end after the start"
        )


class EndPast(RuleError):
    """The rule would have ended already."""

    def __init__(self, end: datetime.datetime, now: datetime.datetime) -> None:
        super().__init__(
            f"end {end} is in the past (now {now}): send a later end; to "
            "stop applying the rule to past periods too, delete it"
        )


class Overlaps(RuleError):
    """Another mapping of the same usage is in force at the same time.

    :param other: its UUID.
    """

    def __init__(self, other: str) -> None:
        self.other = other
        super().__init__(
            f"mapping {other} has the same service or field, value, group "
            "and tenant, and an overlapping validity: send a validity that "
            "does not overlap, or set an earlier end of that mapping first"
        )


class LevelTaken(RuleError):
    """Another threshold has the level.

    :param other: its UUID; None if only the database knows it.
    """

    def __init__(self, other: str | None = None) -> None:
        super().__init__(
            f"threshold {other or 'of another id'} has the same level, "
            "service or field, and tenant: send another level, or update "
            "that threshold"
        )


class Begun(RuleError):
    """A rule in force cannot be changed.

    :param names: API names of the attributes that would change.
    """

    def __init__(
        self,
        names: collections.abc.Collection[str],
        start: datetime.datetime,
    ) -> None:
        super().__init__(
            f"{running.only_end(start)}: {', '.join(sorted(names))} cannot "
            "change; set an end, and create a new rule for the time after it"
        )


class EndFixed(RuleError):
    """A rule in force that has an end is changed."""

    def __init__(self) -> None:
        super().__init__(
            f"{running.END_FIXED} Delete the rule, or create a new one for "
            "the time after its end."
        )


class OwnerFixed(RuleError):
    """A rule cannot move to another service or field: create a new rule."""


class ReadOnly(RuleError):
    """An attribute that the service itself writes."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is read-only and differs from the stored value: read "
            "the rule again, or omit the attribute"
        )


class UngroupedClash(RuleError):
    """Rules would clash once they have no group."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(
            f"without the group, rules {one} and {other} would be "
            "duplicates: delete one of them first, or send recursive=true "
            "to delete the rules of the group too"
        )
