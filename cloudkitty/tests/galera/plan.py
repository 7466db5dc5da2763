# SPDX-License-Identifier: Apache-2.0
"""The rated world: scopes, hours, samples and tasks, the same in every run."""

import dataclasses
import datetime

from cloudkitty.common import periods
from cloudkitty.tests.galera import samples as ck_samples

HOUR = ck_samples.HOUR
_DAY = datetime.timedelta(days=1)
#: Hours of each rated day that a task redoes; the others keep their price.
TASK_HOURS = 20


@dataclasses.dataclass(frozen=True)
class Plan:
    """Common to all runs.

    :param scopes: how many.
    :param days: how many are rated beforehand; as many are due.
    :param end: of the newest hour that has samples.
    """

    scopes: int
    days: int
    end: datetime.datetime

    @property
    def scope_ids(self) -> tuple[str, ...]:
        """Ids that the fetcher finds."""
        return tuple(f"project-{number:02}" for number in range(self.scopes))

    @property
    def rated(self) -> periods.Window:
        """The window that is rated before a run begins."""
        return periods.Window(
            self.due.begin - self.days * _DAY, self.due.begin
        )

    @property
    def due(self) -> periods.Window:
        """The window that live rating has to rate in a run."""
        return periods.Window(self.end - self.days * _DAY, self.end)

    def tasks(self) -> list[tuple[str, periods.Window]]:
        """Return (scope id, window) of each task: one a scope and day."""
        length = datetime.timedelta(hours=TASK_HOURS)
        begins = [self.rated.begin + day * _DAY for day in range(self.days)]
        return [
            (scope_id, periods.Window(begin, begin + length))
            for begin in begins
            for scope_id in self.scope_ids
        ]

    def points(self) -> int:
        """Return how many points there are in the end."""
        return self.scopes * ck_samples.POINTS * 24 * 2 * self.days

    def samples(self) -> str:
        """Return the OpenMetrics text with a sample for each point."""
        window = periods.Window(self.rated.begin, self.end)
        return ck_samples.text(self.scope_ids, window)


def make(scopes: int, days: int, now: datetime.datetime) -> Plan:
    """Return the plan of a run that begins now."""
    end = periods.floor(now, HOUR) - datetime.timedelta(hours=2)
    return Plan(scopes, days, end)


def wait_periods(end: datetime.datetime, now: datetime.datetime) -> int:
    """Return the option with which all before ``end`` is due now."""
    since = periods.floor(now, HOUR) - end
    return since // datetime.timedelta(seconds=HOUR) + 1
