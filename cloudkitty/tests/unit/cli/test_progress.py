# SPDX-License-Identifier: Apache-2.0
"""The progress of a command, on a terminal and in a log."""

import datetime
import io

from cloudkitty.cli import progress as ck_progress
from cloudkitty.tests import base
from cloudkitty.tests.fakes import clock as fake_clock

NOW = datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC)


class Terminal(io.StringIO):
    """A text stream that is a terminal."""

    def isatty(self):
        return True


class TestProgress(base.TestCase):
    def setUp(self):
        super().setUp()
        self.clock = fake_clock.FakeClock(NOW)
        self.patch(ck_progress, "_CLOCK", self.clock)

    def play(self, stream, seconds, *steps):
        """Show the progress of steps that take as long each.

        :param steps: points, negative ones for skipped points.
        """
        progress = ck_progress.Progress(stream, "points")
        progress.start(1000)
        for points in steps:
            if points < 0:
                progress.skip(-points)
                continue
            self.clock.advance(seconds)
            progress.add(points)
        return stream.getvalue()

    def test_a_terminal_has_one_bar(self):
        text = self.play(Terminal(), 1, 250, 250, 500)
        self.assertEqual(
            "\r[#######                       ]  25%  250 of 1000 points, "
            "3 seconds left   "
            "\r[###############               ]  50%  500 of 1000 points, "
            "2 seconds left   "
            "\r[##############################] 100%  1000 of 1000 points, "
            "0 seconds left   \n",
            text,
        )

    def test_a_terminal_is_not_flooded(self):
        text = self.play(Terminal(), 0.01, *[10] * 100)
        self.assertLess(text.count("\r"), 8)
        self.assertIn("100%", text)

    def test_a_log_has_a_line_every_ten_seconds(self):
        text = self.play(io.StringIO(), 6, *[250] * 4)
        self.assertEqual(
            " 50%  500 of 1000 points, 12 seconds left\n"
            "100%  1000 of 1000 points, 0 seconds left\n",
            text,
        )

    def test_skipped_points_take_no_time(self):
        text = self.play(io.StringIO(), 10, -800, 100, 100)
        self.assertEqual(
            " 90%  900 of 1000 points, 10 seconds left\n"
            "100%  1000 of 1000 points, 0 seconds left\n",
            text,
        )

    def test_everything_is_skipped(self):
        text = self.play(io.StringIO(), 1, -1000)
        self.assertEqual("100%  1000 of 1000 points\n", text)
