# SPDX-License-Identifier: Apache-2.0
"""Meaning of the groupby items of a summary, the same for every driver."""

import collections.abc
import dataclasses

from cloudkitty.common import attribute_names

#: Summary item to the attribute that collectors put into every point.
CALENDAR = dict(
    zip(
        ("time-d", "time-w", "time-m", "time-y"),
        attribute_names.CALENDAR,
        strict=True,
    )
)
METRIC = attribute_names.METRIC
TIME = attribute_names.TIME


@dataclasses.dataclass(frozen=True, slots=True)
class Grouping:
    """The parsed groupby list.

    :param by_time: one row for each period.
    :param columns: names of the other columns, in the requested order, each
        once; ``METRIC`` is the metric's name, all others are attributes.
    """

    by_time: bool
    columns: tuple[str, ...]
    #: One row for each day in UTC, for ``Storage.daily``.
    by_day: bool = False


def parse(groupby: collections.abc.Iterable[str]) -> Grouping:
    """Return the parsed ``groupby``; an unknown item is an attribute."""
    columns: dict[str, None] = {}
    by_time = False
    for item in groupby:
        if item == TIME:
            by_time = True
        else:
            columns[CALENDAR.get(item, item)] = None
    return Grouping(by_time, tuple(columns))
