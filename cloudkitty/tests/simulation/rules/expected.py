# SPDX-License-Identifier: Apache-2.0
"""Points that a processor may store, derived only from its inputs.

Pure: the fakes report their answers, this module derives the points.
"""

import decimal
import typing

from cloudkitty.tests.simulation import transport
from cloudkitty.tests.simulation import usage
from cloudkitty.tests.simulation.rules import snapshot


class Unanswered(AssertionError):
    """A period was written though a metric of it had no answer."""


class Knowledge:
    """The latest answers and rules that one processor received.

    It collects a chunk before it stores the previous one, and the first chunk
    before it reads the prices. The rules are loaded once for each piece of
    work: a window of one scope, or of a cohort. Answers and rules from before
    its latest tick are not valid.

    :ivar cohort: whether the rules were loaded for all scopes at once.
    :ivar questions: counts what it asked.
    """

    def __init__(self) -> None:
        self.cohort = False
        self.questions = 0
        self._version: int | None = None
        self._scope_ids: set[str] = set()
        self._answers: dict[
            tuple[str, str, int], transport.Quantities | None
        ] = {}

    def forget(self) -> None:
        """Begin a tick, with nothing known."""
        self._version = None
        self._scope_ids.clear()
        self._answers.clear()

    def load(self, version: int, *, cohort: bool = False) -> None:
        """Begin a piece of work with the rules as they are now."""
        self.cohort = cohort
        self._version = version
        self._scope_ids.clear()

    def take(self, scope_id: str) -> None:
        """Note that it takes the loaded rules of a scope."""
        self._scope_ids.add(scope_id)

    def works_on(self, scope_id: str) -> bool:
        """Return whether the scope belongs to the piece of work."""
        return scope_id in self._scope_ids

    def asked(self, scope_id: str, start: int) -> bool:
        """Return whether it asked for a period of a scope."""
        return any(
            (known, at) == (scope_id, start) for known, _, at in self._answers
        )

    def ask(self, query: transport.Query) -> None:
        """Record a question; the answers before it do not count."""
        self.questions += 1
        for scope_id in query.scope_ids:
            for start in query.starts:
                self._answers[scope_id, query.metric, start] = None

    def learn(self, query: transport.Query, found: transport.Found) -> None:
        """Record the answers for all scopes of a query.

        The periods from the first bad one of a scope on do not count.
        """
        for scope_id in query.scope_ids:
            quantities = found[scope_id]
            bad = transport.first_bad(quantities)
            for start in query.starts:
                if start < bad:
                    key = scope_id, query.metric, start
                    self._answers[key] = quantities

    def worth(
        self, scope_id: str, start: int, metrics: tuple[str, ...]
    ) -> list[snapshot.Point]:
        """Return the points of a period, rated; none if it knows none."""
        return [
            point
            for metric in metrics
            for point in self._points(scope_id, metric, start)
        ]

    def _points(
        self, scope_id: str, metric: str, start: int
    ) -> list[snapshot.Point]:
        quantities = self._answers.get((scope_id, metric, start))
        if quantities is None:
            raise Unanswered(f"{metric} of {scope_id} at {start}")
        if self._version is None:
            raise Unanswered(f"the rules of {scope_id} since the tick began")
        return rated(metric, start, quantities, self._version, scope_id)


def rated(
    metric: str,
    start: int,
    quantities: transport.Quantities,
    version: int,
    scope_id: str,
) -> list[snapshot.Point]:
    """Return the points of one metric and period at a price."""
    price = usage.price_of(version, metric, start, scope_id)
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
                    scope_id,
                )
            ]
            key = scope_id, start
            found[key] = after_rewrite(
                found.get(key, ()), fresh, None, False, metrics
            )
    return {key: points for key, points in found.items() if points}
