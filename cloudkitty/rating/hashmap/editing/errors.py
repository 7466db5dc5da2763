# SPDX-License-Identifier: Apache-2.0
"""Errors of the edits of hashmap's rules; see also ``rating.editing.errors``.

Every message names the fault and the remedy.
"""

import datetime

from cloudkitty.common import wording
from cloudkitty.rating.editing import errors


class NoGroup(errors.EditError):
    """The rule is in no group."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"this {kind} is in no group")


class NameTaken(errors.EditError):
    """The name is already in use."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(
            f"a {kind} named {wording.shown(name)} already exists: choose "
            f"another name, or use the existing {kind}"
        )


class OwnerInvalid(errors.EditError):
    """A rule has one owner: send either service_id or field_id."""


class OwnerUnknown(errors.EditError):
    """The service, field or group of the rule does not exist."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"{kind}_id is not the id of an existing {kind}: send an id "
            f"that GET .../{kind}s lists"
        )


class ValueInvalid(errors.EditError):
    """The value does not match the owner."""


class NumberInvalid(errors.EditError):
    """A number does not fit its column."""


class Overlaps(errors.EditError):
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


class LevelTaken(errors.EditError):
    """Another threshold has the level.

    :param other: its UUID; None if only the database knows it.
    """

    def __init__(self, other: str | None = None) -> None:
        super().__init__(
            f"threshold {other or 'of another id'} has the same level, "
            "service or field, and tenant: send another level, or update "
            "that threshold"
        )


class OwnerFixed(errors.EditError):
    """A rule cannot move to another service or field: create a new rule."""


class UngroupedClash(errors.EditError):
    """Rules would clash once they have no group."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(
            f"without the group, rules {one} and {other} would be "
            "duplicates: delete one of them first, or send recursive=true "
            "to delete the rules of the group too"
        )


class Ended(errors.EditError):
    """A new price would begin after the end of the mapping."""

    def __init__(
        self, end: datetime.datetime, start: datetime.datetime
    ) -> None:
        super().__init__(
            f"the mapping ends at {end}, not after {start}: send an earlier "
            "start, or create a mapping"
        )
