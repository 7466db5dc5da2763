# SPDX-License-Identifier: Apache-2.0
"""What the groupby items of a summary mean, the same for every driver."""

import collections.abc
import dataclasses

#: Summary item to the attribute that collectors put into every point.
CALENDAR = {
    "time-d": "day_of_the_year",
    "time-w": "week_of_the_year",
    "time-m": "month",
    "time-y": "year",
}
METRIC = "type"
TIME = "time"


@dataclasses.dataclass(frozen=True, slots=True)
class Grouping:
    """The parsed groupby list.

    :param by_time: one row a period.
    :param columns: names of the other columns, in the asked order, each
        once; ``METRIC`` is the metric's name, all others are attributes.
    """

    by_time: bool
    columns: tuple[str, ...]


def parse(groupby: collections.abc.Iterable[str]) -> Grouping:
    """Return what ``groupby`` means: any text is at least an attribute."""
    columns: dict[str, None] = {}
    by_time = False
    for item in groupby:
        if item == TIME:
            by_time = True
        else:
            columns[CALENDAR.get(item, item)] = None
    return Grouping(by_time, tuple(columns))
