# SPDX-License-Identifier: Apache-2.0
"""Names of attributes that already have a meaning.

Two kinds. Every stored point has the calendar attributes, so a label of the
same name would be overwritten. Every row of a summary has the columns, so
an attribute of the same name cannot have a column of its own.
"""

#: Attributes that the service computes for every point from its period.
CALENDAR = ("day_of_the_year", "week_of_the_year", "month", "year")
#: Columns of every row of a summary.
COLUMNS = ("begin", "end", "qty", "rate")
#: Item of ``groupby`` and key of ``filters`` that means the metric's name.
METRIC = "type"
#: Item of ``groupby`` that means the period. With one more word, such as
#: ``time-d``, it means a calendar attribute.
TIME = "time"


def is_time(name: str) -> bool:
    """Return whether ``name`` in ``groupby`` means a length of time.

    A name with a second hyphen is an attribute, as upstream reads it.
    """
    return name == TIME or (
        name.startswith(f"{TIME}-") and name.count("-") == 1
    )


def why_not_groupable(name: str) -> str | None:
    """Return why a summary cannot group by an attribute of this name.

    :returns: a clause, None if a summary can group by it.
    """
    if name in COLUMNS:
        return "every row of a summary has a column of this name"
    if name == METRIC:
        return "in groupby and filters it always means the metric"
    if is_time(name):
        return "in groupby it means a length of time"
    return None
