# SPDX-License-Identifier: Apache-2.0
"""How a window is cut."""

import datetime

from cloudkitty.common import periods
from cloudkitty.orchestrator.engine import chunks
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
            [1, 8, 10, 10, 10, 10, 1],
            self.cut(self.hours(50), 100, lambda _: 10),
        )

    def test_at_least_one_period(self):
        self.assertEqual(
            [1, 1, 1], self.cut(self.hours(3), 10, lambda _: 1000)
        )

    def test_growth_and_length_are_bounded_without_points(self):
        self.assertEqual(
            [1, 8, 64, 512, 744, 671],
            self.cut(self.hours(2000), 10, lambda _: 0),
        )

    def test_densest_chunk_counts(self):
        lengths = self.cut(
            self.hours(200), 100, lambda index: 100 if index == 2 else 1
        )
        # 107 points in 8 periods: 7 such fit.
        self.assertEqual(([1, 8], 7), (lengths[:2], max(lengths[2:])))

    def test_stored_points_size_the_first_chunk(self):
        for points, length in ((10, 1), (1000, 100), (10**6, 168)):
            sizer = chunks.Sizer(points, HOUR)
            sizer.expect(10, 100)
            first = sizer.next_chunk(self.hours(1000))
            self.assertEqual(length, first.period_count(HOUR))
            # What was collected counts from then on.
            sizer.learn(10, 10)
            then = sizer.next_chunk(self.hours(1000))
            self.assertEqual(min(points, 80), then.period_count(HOUR))

    def test_nothing_stored_is_no_guess(self):
        sizer = chunks.Sizer(100, HOUR)
        sizer.expect(10, 0)
        self.assertEqual(
            1, sizer.next_chunk(self.hours(100)).period_count(HOUR)
        )

    def test_short_window(self):
        self.assertEqual([1], self.cut(self.hours(1), 100, lambda _: 1))

    def test_chunks_stay_as_short_as_a_backend_needs_them(self):
        sizer = chunks.Sizer(1000, HOUR)
        sizer.expect(10, 10)
        sizer.shrink(6)
        for _ in range(3):
            chunk = sizer.next_chunk(self.hours(1000))
            self.assertEqual(6, chunk.period_count(HOUR))
            sizer.learn(6, 6)
        sizer.shrink(0)
        chunk = sizer.next_chunk(self.hours(1000))
        self.assertEqual(1, chunk.period_count(HOUR))
