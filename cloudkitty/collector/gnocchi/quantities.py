# SPDX-License-Identifier: Apache-2.0
"""The quantities of one scope, up to the first unusable one."""

import collections.abc
import decimal

from cloudkitty.collector import conversion
from cloudkitty.collector import metrics
from cloudkitty.collector.gnocchi import revisions
from cloudkitty.common import periods

#: Significant digits of quantities from Gnocchi, rounded half-even.
DIGITS = 28


class Reading:
    """Converts the values of one scope.

    :param all_periods: the requested periods, oldest first.
    :ivar values: (value, quantity) of the usable periods.
    :ivar usable: periods before the first one with an unusable value.
    :ivar unusable: that value, shortened; None if all are usable.
    """

    def __init__(
        self,
        metric: metrics.Metric,
        all_periods: collections.abc.Sequence[periods.Window],
        values: collections.abc.Iterable[revisions.Value],
    ) -> None:
        convert = conversion.Converter(metric, DIGITS, decimal.ROUND_HALF_EVEN)
        self.usable = len(all_periods)
        self.unusable: str | None = None
        found = []
        for value in values:
            try:
                found.append((value, convert(value.number)))
            except conversion.UnusableQuantity:
                if value.index < self.usable:
                    self.usable = value.index
                    self.unusable = value.number[:40]
        self.values = [
            (value, quantity)
            for value, quantity in found
            if value.index < self.usable
        ]
