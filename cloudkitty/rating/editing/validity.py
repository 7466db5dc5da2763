# SPDX-License-Identifier: Apache-2.0
"""Validity of rules and scripts."""

import dataclasses
import datetime
import typing

from cloudkitty.rating.editing import errors


class _Valid(typing.Protocol):
    @property
    def start(self) -> datetime.datetime: ...

    @property
    def end(self) -> datetime.datetime | None: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Validity:
    """From ``start``, inclusive, to ``end``, exclusive; both aware UTC.

    :param end: None: unlimited.
    """

    start: datetime.datetime
    end: datetime.datetime | None

    @classmethod
    def of(cls, rule: _Valid) -> typing.Self:
        """Return the validity of a stored rule or script."""
        return cls(rule.start, rule.end)

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


def of_new(
    noun: str,
    start: datetime.datetime | None,
    end: datetime.datetime | None,
    now: datetime.datetime,
    *,
    force: bool,
) -> Validity:
    """Return the validity of a new rule or script.

    :param noun: ``rule`` or ``script``, for messages.
    :param start: None: now.
    :param now: aware UTC, whole seconds.
    :param force: allow a start in the past.
    :raises StartPast: unless ``force``.
    :raises EndBeforeStart: if it would end before it begins.
    """
    valid = Validity(start or now, end)
    if not force and valid.start < now:
        raise errors.StartPast(noun, valid.start, now)
    valid.check()
    return valid


def whole_seconds(at: datetime.datetime) -> datetime.datetime:
    """Return ``at`` at the precision of every database and of the API."""
    return at.replace(microsecond=0)
