# SPDX-License-Identifier: Apache-2.0
"""Windows where the clocks are changed, and the default window."""

import datetime
import unittest
import zoneinfo

from cloudkitty_reprocess_dashboard import windows

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
INDIA = zoneinfo.ZoneInfo("Asia/Kolkata")


def utc(*parts):
    return datetime.datetime(*parts, tzinfo=datetime.UTC)


class TestRead(unittest.TestCase):
    def test_a_day_of_25_hours(self):
        window = windows.read(
            "2026-10-25T00:00", "2026-10-26T00:00", 3600, BERLIN
        )
        self.assertEqual(25, window.periods)

    def test_an_hour_that_is_twice(self):
        window = windows.read(
            "2026-10-25T02:00", "2026-10-25T02:00", 3600, BERLIN
        )
        self.assertEqual(
            (utc(2026, 10, 25, 0), utc(2026, 10, 25, 1)),
            (window.begin, window.end),
        )

    def test_an_hour_that_is_missing(self):
        with self.assertRaisesRegex(windows.InvalidWindow, "does not exist"):
            windows.read("2026-03-29T02:30", "2026-03-30T00:00", 3600, BERLIN)

    def test_a_zone_of_half_an_hour(self):
        window = windows.read(
            "2026-11-01T00:00", "2026-11-02T00:00", 3600, INDIA
        )
        self.assertEqual(utc(2026, 10, 31, 18), window.begin)
        self.assertEqual(25, window.periods)
        self.assertEqual(
            "2026-10-31T23:30", windows.local(window.begin, INDIA)
        )

    def test_years_without_times(self):
        for text in ("0001-01-01T00:00", "9999-12-31T23:59", "", "x"):
            with self.assertRaises(windows.InvalidWindow):
                windows.read(text, text, 3600, INDIA)


class TestYesterday(unittest.TestCase):
    now = utc(2026, 10, 26, 12)

    def test_all_is_rated(self):
        window = windows.yesterday(
            self.now, utc(2026, 10, 26, 10), 3600, BERLIN
        )
        self.assertEqual(utc(2026, 10, 24, 22), window.begin)
        self.assertEqual(utc(2026, 10, 25, 23), window.end)

    def test_rated_until_an_earlier_time(self):
        window = windows.yesterday(
            self.now, utc(2026, 10, 20, 5, 30), 3600, BERLIN
        )
        self.assertEqual(utc(2026, 10, 19, 5), window.begin)
        self.assertEqual(utc(2026, 10, 20, 5), window.end)
