# SPDX-License-Identifier: Apache-2.0
"""Validity of mappings, and checks for overlaps."""

import collections.abc
import dataclasses
import datetime
import typing

from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.rating.hashmap.editing import errors


@dataclasses.dataclass(frozen=True, slots=True)
class Validity:
    """From ``start``, inclusive, to ``end``, exclusive; both aware UTC.

    :param end: None: unlimited.
    """

    start: datetime.datetime
    end: datetime.datetime | None

    @classmethod
    def of(cls, record: hashmap_mappings.Mapping[str]) -> typing.Self:
        """Return the validity of a stored mapping."""
        return cls(record.start, record.end)

    def check(self) -> None:
        """Check that it ends no earlier than it begins.

        :raises EndBeforeStart: if not.
        """
        if self.end is not None and self.end < self.start:
            raise errors.EndBeforeStart(self.start, self.end)

    def overlaps(self, other: "Validity") -> bool:
        """Return whether both contain a common instant."""
        begin = max(self.start, other.start)
        ends = [each for each in (self.end, other.end) if each is not None]
        return not ends or begin < min(ends)


def check_rivals(
    validity: Validity,
    rivals: collections.abc.Iterable[hashmap_mappings.Mapping[str]],
    before: Validity | None = None,
) -> None:
    """Check that none of the ``rivals`` is in force at the same time.

    :param rivals: the other mappings of the slot.
    :param before: the previous validity of the mapping in the same slot.
        Mappings that overlap it, in a database of upstream, may still do so.
    :raises Overlaps: for the first rival that overlaps.
    """
    for rival in rivals:
        other = Validity.of(rival)
        if before is not None and before.overlaps(other):
            continue
        if validity.overlaps(other):
            raise errors.Overlaps(rival.mapping_id)


def whole_seconds(at: datetime.datetime) -> datetime.datetime:
    """Return ``at`` at the precision of every database and of the API."""
    return at.replace(microsecond=0)
