# SPDX-License-Identifier: Apache-2.0
"""Number of scopes that are rated as one cohort."""

from cloudkitty.orchestrator import due_scopes

#: Scopes of the first cohort, whose density is unknown.
FIRST = 250
#: Maximum growth factor from one cohort to the next.
GROWTH = 8
#: Maximum scopes of a cohort, whatever their number of points. Larger ones
#: save nothing: a collector divides its requests.
MOST = 5000


class Sizes:
    """Cuts cohorts into parts of about ``points`` points for each period.

    :param points: ``[orchestrator] chunk_points``.
    """

    def __init__(self, points: int) -> None:
        self._points = points
        self._size = FIRST
        self._ceiling = MOST

    @property
    def size(self) -> int:
        """Number of scopes of the next cohort."""
        return self._size

    def cut(
        self, states: due_scopes.States
    ) -> tuple[due_scopes.States, due_scopes.States]:
        """Return the first part of a cohort, and the rest."""
        items = list(states.items())
        return dict(items[: self._size]), dict(items[self._size :])

    def learn(
        self, scope_count: int, period_count: int, point_count: int
    ) -> None:
        """Update the size with the results of a cohort.

        :param period_count: sum of the numbers of its scopes' rated periods.
            A claim of tasks is limited by periods: with the number of scopes
            alone, long tasks would make each claim smaller than the last.
        """
        tried = max(scope_count, period_count)
        fitting = MOST
        if point_count and period_count:
            fitting = self._points * period_count // point_count
        self._size = max(1, min(fitting, tried * GROWTH, self._ceiling))

    def shrink(self, scope_count: int) -> None:
        """Limit further cohorts to ``scope_count`` scopes."""
        self._ceiling = max(1, min(scope_count, self._ceiling))
        self._size = min(self._size, self._ceiling)

    def forget_failures(self) -> None:
        """Remove the limit of ``shrink``."""
        self._ceiling = MOST
