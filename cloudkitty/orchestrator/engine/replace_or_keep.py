# SPDX-License-Identifier: Apache-2.0
"""Rule that decides which stored points of a period are replaced or kept.

The unit is one metric in one period. Points that were not collected again
are kept: their samples may have expired, so the points could not be restored.
The rule is implemented only here; live rating, reprocesses and previews use
it.
"""

import collections.abc
import dataclasses
import datetime

from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.storage import base as storage_base

Names = collections.abc.Collection[str]
#: Number of stored points by beginning of the period and by metric.
Stored = collections.abc.Mapping[
    datetime.datetime, collections.abc.Mapping[str, int]
]


class OtherPeriod(exceptions.CloudKittyError):
    """Points are stored with another period length."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The rule of one task, or of live rating.

    :param defined: metrics that are collected.
    :param only: metrics of the task; None selects every metric.
    :param write_empty: ``allow_empty`` of the task: the points of metrics
        that were not collected are deleted. A metric without a definition is
        affected only if ``only`` contains it.
    """

    defined: frozenset[str]
    only: frozenset[str] | None = None
    write_empty: bool = False

    def replaced(self, period: rated_periods.RatedPeriod) -> frozenset[str]:
        """Return the metrics of the period whose points are replaced."""
        names = period.metrics | period.frame.usage.keys()
        if self.write_empty:
            names |= self.defined | (self.only or frozenset())
        return names if self.only is None else names & self.only


@dataclasses.dataclass(frozen=True, slots=True)
class Decided:
    """One rated period and its effect on the stored points.

    :param replaced: metrics whose stored points are replaced.
    :param stored: number of stored points by metric.
    """

    rated: rated_periods.RatedPeriod
    replaced: frozenset[str]
    stored: collections.abc.Mapping[str, int]

    @property
    def kept(self) -> frozenset[str]:
        """The metrics whose stored points are kept."""
        return frozenset(self.stored) - self.replaced

    @property
    def result(self) -> str:
        """The result for the metrics: ``rated``, ``empty`` or ``kept``."""
        if self.kept:
            return "kept"
        return "rated" if self.rated.collected else "empty"


def decide(
    rule: Rule,
    rated: collections.abc.Iterable[rated_periods.RatedPeriod],
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
    """Return the number of stored points by period and metric.

    :param query: selects one scope and window.
    :param period_seconds: ``[collect] period``.
    :raises OtherPeriod: if points have another period length.
    :raises cloudkitty.storage.base.StorageError: if the request fails.
    """
    return by_period(storage.count(query), query.window, period_seconds)


def counts_of_scopes(
    storage: storage_base.Storage,
    window: periods.Window,
    scope_key: str,
    scope_ids: collections.abc.Sequence[str],
    metrics: collections.abc.Sequence[str] = (),
) -> dict[str, list[storage_base.Count]]:
    """Return the numbers of stored points of several scopes.

    In the form for ``by_period``. Scopes without points are missing.

    :param scope_key: ``[collect] scope_key``.
    :param metrics: only these metrics; empty selects every metric.
    :raises cloudkitty.storage.base.StorageError: if the request fails.
    """
    query = storage_base.Query(
        window=window,
        filters={scope_key: list(scope_ids)},
        metrics=tuple(metrics),
    )
    found: dict[str, list[storage_base.Count]] = {}
    for row in storage.total(query, [scope_key, "time", "type"]).rows:
        found.setdefault(row.groups[scope_key], []).append(
            storage_base.Count.of_row(row)
        )
    return found


def by_period(
    counts: collections.abc.Iterable[storage_base.Count],
    window: periods.Window,
    period_seconds: int,
) -> Stored:
    """Return the numbers of points by period and metric.

    :param counts: of one scope in ``window``.
    :raises OtherPeriod: if points have another period length.
    """
    found: dict[datetime.datetime, dict[str, int]] = {}
    for count in counts:
        begin = count.begin
        length = (count.end - begin) / count.periods
        check_period(begin, begin + length, window, period_seconds)
        for number in range(count.periods):
            stored = found.setdefault(begin + number * length, {})
            stored[count.metric] = count.points
    return found


def check_period(
    begin: datetime.datetime,
    end: datetime.datetime,
    window: periods.Window,
    period_seconds: int,
) -> None:
    """Check that stored points belong to a period of the window.

    :raises OtherPeriod: if they do not; the text contains both lengths.
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
