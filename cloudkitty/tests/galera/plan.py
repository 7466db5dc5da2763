# SPDX-License-Identifier: Apache-2.0
"""The rated world: scopes, hours, samples and tasks, the same in every run."""

import collections.abc
import dataclasses
import datetime

from cloudkitty.common import periods

HOUR = 3600
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
        return self.scopes * 4 * 24 * 2 * self.days

    def samples(self) -> str:
        """Return the OpenMetrics text with a sample for each point."""
        lines = ["# TYPE instance_up gauge"]
        lines += self._series("instance_up", "instance_id", lambda *_: "1")
        lines.append("# TYPE volume_size_gb gauge")
        # Each scope and hour of a day has its own quantity.
        lines += self._series(
            "volume_size_gb",
            "volume_id",
            lambda scope, hour: f"{scope + 1}.{hour % 24 + 100}",
        )
        return "\n".join([*lines, "# EOF", ""])

    def _series(
        self,
        name: str,
        label: str,
        value: collections.abc.Callable[[int, int], str],
    ) -> collections.abc.Iterator[str]:
        window = periods.Window(self.rated.begin, self.end)
        for scope, scope_id in enumerate(self.scope_ids):
            for number in range(2):
                labels = (
                    f'project_id="{scope_id}",{label}="{scope_id}-{number}",'
                    f'flavor="m{number}"'
                )
                for hour, period in enumerate(window.periods(HOUR)):
                    at = period.begin.timestamp() + HOUR / 2
                    quantity = value(scope, hour)
                    yield f"{name}{{{labels}}} {quantity} {at:.0f}"


def make(scopes: int, days: int, now: datetime.datetime) -> Plan:
    """Return the plan of a run that begins now."""
    end = periods.floor(now, HOUR) - datetime.timedelta(hours=2)
    return Plan(scopes, days, end)


def wait_periods(end: datetime.datetime, now: datetime.datetime) -> int:
    """Return the option with which all before ``end`` is due now."""
    since = periods.floor(now, HOUR) - end
    return since // datetime.timedelta(seconds=HOUR) + 1
