# SPDX-License-Identifier: Apache-2.0
"""Which stored points of a period are replaced, and which are kept.

The unit is one metric in one period. Points that were not collected again
are kept: their samples may have expired, and they could not be made again.
This is the only place that knows the rule; live rating, reprocesses and
previews all ask it.
"""

import collections.abc
import dataclasses
import datetime

from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.orchestrator import engine
from cloudkitty.storage import base as storage_base

Names = collections.abc.Collection[str]
#: Number of stored points by beginning of the period and metric.
Stored = collections.abc.Mapping[
    datetime.datetime, collections.abc.Mapping[str, int]
]


class OtherPeriod(exceptions.CloudKittyError):
    """Points are stored under another length of period."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The rule of one task, or of live rating.

    :param defined: metrics that are collected.
    :param only: the metrics of the task; None for all.
    :param write_empty: ``allow_empty`` of the task: metrics that were not
        collected are replaced too, by nothing. One without a definition is
        replaced only if ``only`` names it.
    """

    defined: frozenset[str]
    only: frozenset[str] | None = None
    write_empty: bool = False

    def replaced(self, period: engine.RatedPeriod) -> frozenset[str]:
        """Return the metrics of the period whose points are replaced."""
        names = period.metrics | period.frame.usage.keys()
        if self.write_empty:
            names |= self.defined | (self.only or frozenset())
        return names if self.only is None else names & self.only


@dataclasses.dataclass(frozen=True, slots=True)
class Decided:
    """One rated period, and what it means for the stored points.

    :param replaced: metrics whose stored points are replaced.
    :param stored: number of stored points by metric.
    """

    rated: engine.RatedPeriod
    replaced: frozenset[str]
    stored: collections.abc.Mapping[str, int]

    @property
    def kept(self) -> frozenset[str]:
        """The metrics whose stored points are kept."""
        return frozenset(self.stored) - self.replaced


def decide(
    rule: Rule,
    rated: collections.abc.Iterable[engine.RatedPeriod],
    stored: Stored,
) -> list[Decided]:
    """Apply the rule to consecutive periods."""
    return [
        Decided(
            period, rule.replaced(period), stored.get(period.frame.start, {})
        )
        for period in rated
    ]


def ask(
    storage: storage_base.Storage,
    query: storage_base.Query,
    period_seconds: int,
) -> Stored:
    """Return how many points are stored, by period and metric.

    :param query: one scope and window.
    :param period_seconds: ``[collect] period``.
    :raises OtherPeriod: for points under another period.
    :raises cloudkitty.storage.base.StorageError: if it cannot be asked.
    """
    found: dict[datetime.datetime, dict[str, int]] = {}
    for begin, end, metric, points in storage.count(query):
        check_period(begin, end, query.window, period_seconds)
        found.setdefault(begin, {})[metric] = points
    return found


def check_period(
    begin: datetime.datetime,
    end: datetime.datetime,
    window: periods.Window,
    period_seconds: int,
) -> None:
    """Check that stored points are those of a period of the window.

    :raises OtherPeriod: if not; the text has both lengths.
    """
    length = (end - begin).total_seconds()
    offset = (begin - window.begin).total_seconds()
    if length != period_seconds or offset % period_seconds:
        raise OtherPeriod(
            f"points are stored from {begin} to {end}, a period of "
            f"{length:.0f} seconds that is none of this window's periods of "
            f"{period_seconds} seconds: run this window under the [collect] "
            "period that its points were rated with"
        )
