# SPDX-License-Identifier: Apache-2.0
"""Rated periods: the result of rating, before it is stored."""

import collections.abc
import dataclasses

from cloudkitty import dataframe


@dataclasses.dataclass(frozen=True, slots=True)
class RatedPeriod:
    """One rated period.

    :param frame: its points after rating and skipping; may be empty.
    :param collected: number of points returned by the collector, before
        skipping. If it is zero, nothing is known about the period.
    :param metrics: names of the metrics with collected points.
    """

    frame: dataframe.DataFrame
    collected: int
    metrics: frozenset[str] = frozenset()


def keep_only(
    period: RatedPeriod, alt_names: collections.abc.Collection[str]
) -> RatedPeriod:
    """Return the period with only the given metrics.

    Rating modules may add metrics that were not collected.
    """
    frame = period.frame
    usage = {
        name: points for name, points in frame.itertypes() if name in alt_names
    }
    return dataclasses.replace(
        period, frame=dataframe.DataFrame(frame.start, frame.end, usage)
    )


def count_points(
    rated: collections.abc.Iterable[RatedPeriod],
) -> int:
    """Return the number of points collected for these periods."""
    return sum(period.collected for period in rated)
