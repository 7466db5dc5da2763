# SPDX-License-Identifier: Apache-2.0
"""Counters of one cycle of live rating, and its log lines."""

import collections.abc
import dataclasses

from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.orchestrator.engine import rated_periods

LOG = log.getLogger(__name__)


@dataclasses.dataclass
class Cycle:
    """Counters of the scopes processed so far.

    :param clock: measures the duration.
    :param found: number of scopes to process.
    """

    clock: ck_clock.Clock
    found: int = 0
    failed: int = 0
    busy: int = 0
    #: Scopes that a reset or another processor changed during the work.
    lost: int = 0
    #: Scopes postponed because a backend is unreachable.
    deferred: int = 0
    periods: int = 0
    points: int = 0
    #: Ids of the scopes with at least one stored chunk, unless they failed.
    rated_ids: set[str] = dataclasses.field(default_factory=set)
    #: The ``alt_name`` of every metric with at least one collected point.
    metrics: set[str] = dataclasses.field(default_factory=set)

    def __post_init__(self) -> None:
        self._began_at = self.clock.monotonic()

    @property
    def worked(self) -> bool:
        """Whether anything was rated, or failed."""
        return bool(
            self.rated_ids
            or self.failed
            or self.busy
            or self.lost
            or self.deferred
        )

    def add(self, rated: list[rated_periods.RatedPeriod]) -> None:
        """Count the periods of a stored chunk."""
        self.periods += len(rated)
        self.points += rated_periods.count_points(rated)
        for period in rated:
            self.metrics.update(period.metrics)

    def report(self, event: str) -> None:
        """Log one INFO line.

        :param event: the first words of the line.
        """
        LOG.info(
            *log_fields.event(
                event,
                scopes=self.found,
                rated=len(self.rated_ids),
                failed=self.failed,
                busy=self.busy,
                lost=self.lost,
                deferred=self.deferred,
                periods=self.periods,
                points=self.points,
                seconds=self.clock.monotonic() - self._began_at,
            )
        )

    def warn_of_missing(self, names: collections.abc.Iterable[str]) -> None:
        """Log a WARNING if metrics had no point in any rated period.

        :param names: the ``alt_name`` of every defined metric.
        """
        missing = sorted(set(names) - self.metrics)
        if self.periods and missing:
            LOG.warning(
                *log_fields.event(
                    "no rated scope had samples of these metrics",
                    metrics=", ".join(missing),
                )
            )
