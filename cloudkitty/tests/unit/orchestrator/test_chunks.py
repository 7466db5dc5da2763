# SPDX-License-Identifier: Apache-2.0
"""How a window is cut."""

import datetime

from cloudkitty.common import periods
from cloudkitty.orchestrator import chunks
from cloudkitty.tests import base

HOUR = 3600


class TestSizer(base.TestCase):
    def cut(self, window, points, density):
        """Return the lengths of all chunks; density(period index)."""
        sizer = chunks.Sizer(points, HOUR)
        lengths = []
        done = 0
        while window is not None:
            chunk = sizer.next_chunk(window)
            count = chunk.period_count(HOUR)
            held = sum(density(done + index) for index in range(count))
            sizer.learn(count, held)
            lengths.append(count)
            done += count
            window = (
                periods.Window(chunk.end, window.end)
                if chunk.end < window.end
                else None
            )
        return lengths

    def hours(self, count):
        begin = base.utc("2026-11-01T00:00")
        return periods.Window(begin, begin + datetime.timedelta(hours=count))

    def test_chunks_make_up_the_window(self):
        self.assertEqual(168, sum(self.cut(self.hours(168), 10, lambda _: 3)))

    def test_first_chunk_is_small_and_then_they_fit(self):
        self.assertEqual(
            [4, 10, 10, 6], self.cut(self.hours(30), 100, lambda _: 10)
        )

    def test_at_least_one_period(self):
        self.assertEqual(
            [4, 1, 1], self.cut(self.hours(6), 10, lambda _: 1000)
        )

    def test_growth_and_length_are_bounded_without_points(self):
        self.assertEqual(
            [4, 32, 256, 744, 744, 220],
            self.cut(self.hours(2000), 10, lambda _: 0),
        )

    def test_densest_chunk_counts(self):
        lengths = self.cut(
            self.hours(200), 100, lambda index: 100 if index == 2 else 1
        )
        # 103 points in the first four periods: three such fit.
        self.assertEqual((4, 3), (lengths[0], max(lengths[1:])))

    def test_short_window(self):
        self.assertEqual([1], self.cut(self.hours(1), 100, lambda _: 1))
