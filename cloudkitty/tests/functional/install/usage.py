# SPDX-License-Identifier: Apache-2.0
"""The series of the page as samples of this month, for Prometheus."""

import datetime

from cloudkitty.common import periods

#: Seconds of a period in the page's configuration.
HOUR = 3600
MINUTE = 60


def due_hours(now: datetime.datetime) -> int:
    """Return the number of hours of this month that are due."""
    passed = now - periods.month_start(now)
    return max(0, int(passed.total_seconds()) // HOUR - 1)


def openmetrics(series: str, now: datetime.datetime) -> str:
    """Return one sample for each hour since the beginning of the month.

    Around the present there is one for each minute: scopes are those of the
    last five minutes.

    :param series: lines ``NAME{LABELS} VALUE``.
    """
    begin = int(periods.month_start(now).timestamp())
    present = int(now.timestamp()) // MINUTE * MINUTE
    times = [
        *range(begin + HOUR // 2, present - HOUR // 2, HOUR),
        *range(max(begin, present - HOUR // 4), present + HOUR, MINUTE),
    ]
    lines = []
    for line in series.splitlines():
        name = line.partition("{")[0]
        lines.append(f"# TYPE {name} gauge")
        lines += [f"{line} {at}" for at in times]
    return "\n".join([*lines, "# EOF", ""])
