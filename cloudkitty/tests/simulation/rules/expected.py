# SPDX-License-Identifier: Apache-2.0
"""Points that a processor may store, derived only from its inputs.

Pure: the fakes report their answers, this module derives the points.
"""

import decimal
import typing

from cloudkitty.tests.simulation import transport
from cloudkitty.tests.simulation import usage
from cloudkitty.tests.simulation.rules import snapshot

#: (resource, beginning of the period) to quantity.
Quantities = dict[tuple[str, int], str]


class Unanswered(AssertionError):
    """A period was written though a metric of it had no answer."""


class Knowledge:
    """The latest answers that one processor received.

    It collects a chunk before it stores the previous one, and the first chunk
    before it reads the prices.

    :ivar scope_id: the scope that it rates.
    """

    def __init__(self) -> None:
        self.scope_id: str | None = None
        self._version = 0
        self._answers: dict[tuple[str, str, int], Quantities | None] = {}

    def begin(self, scope_id: str, version: int) -> None:
        """Take note of the price list it works with."""
        self.scope_id = scope_id
        self._version = version

    def asked(self, start: int) -> bool:
        """Return whether it asked for a period of its scope."""
        return any(
            (scope_id, at) == (self.scope_id, start)
            for scope_id, _, at in self._answers
        )

    def learn(
        self, query: transport.Query, quantities: Quantities | None
    ) -> None:
        """Record an answer; None is an answer that does not count."""
        for start in query.starts:
            self._answers[query.scope_id, query.metric, start] = quantities

    def unlearn(self, query: transport.Query, first: int) -> None:
        """Forget the periods from ``first`` on: one of them is bad."""
        for start in query.starts:
            if start >= first:
                self._answers[query.scope_id, query.metric, start] = None

    def worth(
        self, start: int, metrics: tuple[str, ...]
    ) -> list[snapshot.Point]:
        """Return the points of a period, rated; none if it knows none."""
        return [
            point
            for metric in metrics
            for point in self._points(metric, start)
        ]

    def _points(self, metric: str, start: int) -> list[snapshot.Point]:
        quantities = self._answers.get((str(self.scope_id), metric, start))
        if quantities is None:
            raise Unanswered(f"{metric} at {start}")
        return rated(metric, start, quantities, self._version)


def rated(
    metric: str, start: int, quantities: Quantities, version: int
) -> list[snapshot.Point]:
    """Return the points of one metric and period at a price."""
    price = usage.price_of(version, metric, start)
    return [
        snapshot.Point(metric, resource, quantity, quantity * price)
        for (resource, at), text in quantities.items()
        if at == start
        for quantity in [decimal.Decimal(text)]
    ]


def after_rewrite(
    old: tuple[snapshot.Point, ...],
    fresh: list[snapshot.Point],
    metrics: tuple[str, ...] | None,
    allow_empty: bool,
    defined: tuple[str, ...],
) -> tuple[snapshot.Point, ...]:
    """Return the expected points of a period after a reprocess.

    A metric without fresh points keeps its old ones.

    :param fresh: newly rated points.
    :param metrics: metrics to replace; None replaces every metric.
    :param allow_empty: delete old points of metrics without fresh ones, if
        the metric is in ``defined`` or ``metrics``.
    :param defined: metrics that are configured.
    """
    rated_again = {point.metric for point in fresh}

    def replaced(metric: str) -> bool:
        if metrics is not None and metric not in metrics:
            return False
        if metric in rated_again:
            return True
        return allow_empty and (metrics is not None or metric in defined)

    kept = [point for point in old if not replaced(point.metric)]
    return tuple(sorted([*kept, *fresh]))


def undisturbed(
    before: snapshot.Points,
    samples: typing.Any,
    scopes: dict[str, snapshot.State],
    first: int,
    metrics: tuple[str, ...],
    version: int,
) -> snapshot.Points:
    """Return the points after an undisturbed reprocess of all periods.

    :param samples: a ``usage.Samples``.
    :param first: beginning of the first period, Unix time.
    """
    found = dict(before)
    for scope_id, state in scopes.items():
        for start in range(first, state.last + 3600, 3600):
            fresh = [
                point
                for metric in metrics
                for point in rated(
                    metric,
                    start,
                    samples.find(metric, scope_id, (start,)),
                    version,
                )
            ]
            key = scope_id, start
            found[key] = after_rewrite(
                found.get(key, ()), fresh, None, False, metrics
            )
    return {key: points for key, points in found.items() if points}
