# SPDX-License-Identifier: Apache-2.0
"""Scopes and hours with samples, the same in all rounds of a run."""

import dataclasses
import datetime

from cloudkitty.common import periods
from cloudkitty.tests.galera import samples as ck_samples

HOUR = ck_samples.HOUR
#: With fewer, a part of the work would have no scope or no hour.
LEAST_SCOPES, LEAST_HOURS = 9, 16


@dataclasses.dataclass(frozen=True)
class World:
    """All that can be rated.

    :param scopes: number of scopes.
    :param hours: number of hours with samples.
    :param end: of the newest hour.
    """

    scopes: int
    hours: int
    end: datetime.datetime

    @property
    def scope_ids(self) -> tuple[str, ...]:
        """Ids that the fetcher finds."""
        return tuple(f"project-{number:03}" for number in range(self.scopes))

    @property
    def window(self) -> periods.Window:
        """All hours with samples."""
        return self.between(0, self.hours)

    def between(self, first: int, last: int) -> periods.Window:
        """Return a window by numbers of hours, from 0; without ``last``."""
        begin = self.end - datetime.timedelta(hours=self.hours)
        hour = datetime.timedelta(hours=1)
        return periods.Window(begin + first * hour, begin + last * hour)

    def samples(self) -> str:
        """Return the OpenMetrics text with a sample for each point."""
        return ck_samples.text(self.scope_ids, self.window)

    @property
    def points(self) -> int:
        """Number of points once all hours are rated."""
        return self.scopes * self.hours * ck_samples.POINTS


def make(scopes: int, hours: int, now: datetime.datetime) -> World:
    """Return the world of a run that begins now."""
    end = periods.floor(now, HOUR) - datetime.timedelta(hours=2)
    return World(scopes, hours, end)
