# SPDX-License-Identifier: Apache-2.0
"""The series of one answer, in a compact form, by scope."""

import collections.abc
import decimal
import operator
import typing

from cloudkitty.collector import conversion
from cloudkitty.collector import metrics
from cloudkitty.common import periods

#: (index of the period, quantity), oldest first.
Quantities = list[tuple[int, decimal.Decimal]]
#: (Unix time, number as text).
Values = list[tuple[typing.Any, typing.Any]]

_FIRST = operator.itemgetter(0)


class TooManyPoints(Exception):
    """The answers have too many points; the text is the limit."""


class Limit:
    """Counts the points of several answers.

    :param most: None: unlimited.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._count = 0

    def add(self, count: int) -> None:
        """Count further points.

        :raises TooManyPoints: beyond ``most``.
        """
        self._count += count
        if self._most is not None and self._count > self._most:
            raise TooManyPoints(self._most)


class Scope:
    """The series of one scope.

    :ivar rows: values of the attributes and quantities of each series.
    :ivar usable: periods before the first one with a value that is not a
        quantity.
    :ivar unusable: that value, shortened; None if all values are usable.
    """

    __slots__ = ("rows", "unusable", "usable")

    def __init__(self, count: int) -> None:
        self.rows: list[tuple[tuple[str, ...], Quantities]] = []
        self.usable = count
        self.unusable: str | None = None


class Reading:
    """Adds series one by one.

    :param scope_key: the label that contains the scope of a series.
    :param scope_ids: the requested scopes. All series belong to a single
        one, whatever their labels.
    :param all_periods: the requested periods, oldest first.
    :param limit: counts the points.
    :ivar dropped: series of scopes that were not requested.
    """

    def __init__(
        self,
        metric: metrics.Metric,
        scope_key: str,
        scope_ids: collections.abc.Sequence[str],
        all_periods: collections.abc.Sequence[periods.Window],
        limit: Limit,
    ) -> None:
        self._names = metric.groupby + metric.metadata
        self._pick = _picker(self._names)
        self._convert = conversion.Converter(metric)
        # The value at t is that of the period that ends at t.
        self._places = {
            period.end.timestamp(): index
            for index, period in enumerate(all_periods)
        }
        self._limit = limit
        # Most series repeat a few texts.
        self._texts: dict[str, str] = {}
        self._scope_key = scope_key
        self._scopes = {each: Scope(len(all_periods)) for each in scope_ids}
        self._only = (
            self._scopes[scope_ids[0]] if len(scope_ids) == 1 else None
        )
        self.dropped = 0

    @property
    def joint(self) -> bool:
        """Whether the series belong to several scopes."""
        return self._only is None

    def add(
        self, labels: collections.abc.Mapping[str, str], values: Values
    ) -> None:
        """Add one series.

        :param labels: missing labels read as "".
        :raises TooManyPoints: beyond the limit.
        :raises ValueError: for times that were not requested. Malformed
            values raise other errors.
        """
        scope = self._only or self._scopes.get(labels.get(self._scope_key, ""))
        if scope is None:
            self.dropped += 1
            return
        self._limit.add(len(values))
        try:
            texts = self._pick(labels)
        except KeyError:
            texts = tuple(labels.get(name, "") for name in self._names)
        key = tuple(map(self._texts.setdefault, texts, texts))
        scope.rows.append((key, self._indexed(scope, values)))

    def scopes(self) -> collections.abc.Iterator[tuple[str, Scope]]:
        """Yield each scope with its series, in a stable order.

        The periods from the first unusable one of the scope on are omitted.
        What was yielded is not kept.
        """
        for scope_id in list(self._scopes):
            scope = self._scopes.pop(scope_id)
            scope.rows.sort(key=_FIRST)
            if scope.unusable is not None:
                scope.rows = [
                    (key, [pair for pair in found if pair[0] < scope.usable])
                    for key, found in scope.rows
                ]
            yield scope_id, scope

    def _indexed(self, scope: Scope, values: Values) -> Quantities:
        found = []
        places, convert = self._places, self._convert
        previous = -1
        for at, text in values:
            index = places.get(at)
            if index is None:
                # Times are kept in milliseconds.
                index = places.get(round(at, 3), -1)
            if index <= previous or type(text) is not str:
                raise ValueError(at)
            previous = index
            try:
                found.append((index, convert(text)))
            except conversion.UnusableQuantity:
                if index < scope.usable:
                    scope.usable = index
                    scope.unusable = text[:40]
        return found


def _picker(
    names: tuple[str, ...],
) -> collections.abc.Callable[
    [collections.abc.Mapping[str, str]], tuple[str, ...]
]:
    """Return a function that returns the labels of a series.

    It raises KeyError for a missing one.
    """
    if len(names) == 1:
        return lambda labels: (labels[names[0]],)
    return operator.itemgetter(*names)
