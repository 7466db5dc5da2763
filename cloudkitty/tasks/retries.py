# SPDX-License-Identifier: Apache-2.0
"""Limits and delays of further attempts at a task."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """Limits of the attempts at a task.

    :param most: number of consecutive failures after which the task fails.
    :param first_seconds: delay after the first failure; doubled after each
        further failure.
    :param longest_seconds: maximum delay.
    """

    most: int = 10
    first_seconds: int = 5
    longest_seconds: int = 3600

    def pause_seconds(self, failed: int) -> int:
        """Return the delay after ``failed`` failures, at least 1."""
        # Limit the exponent so that the power stays small.
        doubled = self.first_seconds * 2 ** min(failed - 1, 16)
        return min(doubled, self.longest_seconds)
