# SPDX-License-Identifier: Apache-2.0
"""The series of one range query, in a compact form."""

import collections.abc
import decimal
import operator
import typing

from cloudkitty.collector import conversion
from cloudkitty.collector import metrics
from cloudkitty.common import periods

#: (index of the period, quantity), oldest first.
Quantities = list[tuple[int, decimal.Decimal]]


class TooManyPoints(Exception):
    """The answer has too many points; the text is the limit."""


class Reading:
    """Adds series one by one.

    :param all_periods: the requested periods, oldest first.
    :param most_points: limit for all series together; None: unlimited.
    :ivar usable: periods before the first one with a value that is not a
        quantity.
    :ivar unusable: that value, shortened; None if all values are usable.
    """

    def __init__(
        self,
        metric: metrics.Metric,
        all_periods: collections.abc.Sequence[periods.Window],
        most_points: int | None,
    ) -> None:
        self._names = metric.groupby + metric.metadata
        self._convert = conversion.Converter(metric)
        # The value at t is that of the period that ends at t.
        self._places = {
            period.end.timestamp(): index
            for index, period in enumerate(all_periods)
        }
        self._most = most_points
        self._count = 0
        # Most series repeat a few texts.
        self._texts: dict[str, str] = {}
        self._rows: list[tuple[tuple[str, ...], Quantities]] = []
        self.usable = len(all_periods)
        self.unusable: str | None = None

    def add(
        self,
        labels: collections.abc.Mapping[str, str],
        values: list[tuple[typing.Any, typing.Any]],
    ) -> None:
        """Add one series.

        :param labels: missing labels read as "".
        :param values: (Unix time, number as text).
        :raises TooManyPoints: beyond ``most_points``.
        :raises ValueError: for times that were not requested. Malformed
            values raise other errors.
        """
        self._count += len(values)
        if self._most is not None and self._count > self._most:
            raise TooManyPoints(self._most)
        texts = [labels.get(name, "") for name in self._names]
        key = tuple(map(self._texts.setdefault, texts, texts))
        self._rows.append((key, self._indexed(values)))

    def rows(
        self,
    ) -> collections.abc.Iterator[tuple[dict[str, str], Quantities]]:
        """Yield labels and quantities, in a stable order.

        The periods from the first unusable one on are omitted.
        """
        self._rows.sort(key=operator.itemgetter(0))
        for key, quantities in self._rows:
            if self.unusable is not None:
                quantities = [
                    pair for pair in quantities if pair[0] < self.usable
                ]
            yield dict(zip(self._names, key, strict=True)), quantities

    def _indexed(
        self, values: list[tuple[typing.Any, typing.Any]]
    ) -> Quantities:
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
                if index < self.usable:
                    self.usable = index
                    self.unusable = text[:40]
        return found
