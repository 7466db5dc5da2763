# SPDX-License-Identifier: Apache-2.0
"""OpenMetrics samples: two series of two metrics for each scope and hour."""

import collections.abc

from cloudkitty.common import periods

HOUR = 3600
#: Series of one scope and metric.
SERIES = 2
#: Points of one scope and hour.
POINTS = 2 * SERIES


def size(scope: int, hour: int) -> str:
    """Return the size of a volume: each scope and hour of a day has its own.

    :param scope: number of the scope, from 0.
    :param hour: number of the hour, from 0.
    """
    return f"{scope + 1}.{hour % 24 + 100}"


def text(
    scope_ids: collections.abc.Sequence[str], window: periods.Window
) -> str:
    """Return the text with a sample for each point of the window."""
    lines = ["# TYPE instance_up gauge"]
    lines += _series(
        scope_ids, window, "instance_up", "instance_id", lambda *_: "1"
    )
    lines.append("# TYPE volume_size_gb gauge")
    lines += _series(scope_ids, window, "volume_size_gb", "volume_id", size)
    return "\n".join([*lines, "# EOF", ""])


def _series(
    scope_ids: collections.abc.Sequence[str],
    window: periods.Window,
    name: str,
    label: str,
    value: collections.abc.Callable[[int, int], str],
) -> collections.abc.Iterator[str]:
    for scope, scope_id in enumerate(scope_ids):
        for number in range(SERIES):
            labels = (
                f'project_id="{scope_id}",{label}="{scope_id}-{number}",'
                f'flavor="m{number}"'
            )
            for hour, period in enumerate(window.periods(HOUR)):
                at = period.begin.timestamp() + HOUR / 2
                yield f"{name}{{{labels}}} {value(scope, hour)} {at:.0f}"
