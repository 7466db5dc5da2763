# SPDX-License-Identifier: Apache-2.0
import datetime
import zoneinfo

from cloudkitty.client import windows
from cloudkitty.common import periods
from cloudkitty.tests import base

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
UTC = zoneinfo.ZoneInfo("UTC")
utc = base.utc


class TestInstant(base.TestCase):
    def test_zones(self):
        for text, where, expected in (
            ("2026-07-01", BERLIN, "2026-06-30T22:00"),
            ("2026-12-01", BERLIN, "2026-11-30T23:00"),
            ("2026-07-01T13:30", BERLIN, "2026-07-01T11:30"),
            ("2026-07-01 13:00", UTC, "2026-07-01T13:00"),
            # An offset wins.
            ("2026-07-01T13:00Z", BERLIN, "2026-07-01T13:00"),
            ("2026-07-01T13:00-02:00", BERLIN, "2026-07-01T15:00"),
        ):
            got = windows.instant(text, where)
            self.assertEqual(utc(expected), got, text)
            self.assertEqual(datetime.UTC, got.tzinfo)

    def test_the_zone_of_the_host(self):
        local = datetime.datetime(2026, 7, 1, 12).astimezone()
        self.assertEqual(local, windows.instant("2026-07-01T12:00", None))

    def test_invalid(self):
        for text in (
            "",
            "yesterday",
            "2026-13-01",
            # Twice and never, when the clocks change.
            "2026-10-25T02:30",
            "2026-03-29T02:30",
            "0001-01-01",
            "9999-12-31T23:59-23:00",
        ):
            self.assertRaises(
                windows.WindowInvalid, windows.instant, text, BERLIN
            )

    def test_an_offset_decides_which(self):
        self.assertEqual(
            utc("2026-10-25T01:30"),
            windows.instant("2026-10-25T02:30+01:00", BERLIN),
        )


class TestWindows(base.TestCase):
    def assert_window(self, begin, end, got):
        self.assertEqual(periods.Window(utc(begin), utc(end)), got)

    def test_yesterday_is_that_of_the_zone(self):
        # 00:30 on the 2nd in Berlin.
        now = utc("2026-07-01T22:30")
        self.assert_window(
            "2026-06-30T22:00",
            "2026-07-01T22:00",
            windows.yesterday(now, BERLIN),
        )
        self.assert_window(
            "2026-06-30T00:00", "2026-07-01T00:00", windows.yesterday(now, UTC)
        )

    def test_a_day_with_25_and_one_with_23_hours(self):
        for date, hours in (
            (datetime.date(2026, 10, 25), 25),
            (datetime.date(2026, 3, 29), 23),
        ):
            window = windows.day(date, BERLIN)
            self.assertEqual(hours, window.period_count(3600))

    def test_a_midnight_that_the_clocks_skip(self):
        # In Beirut 2025-03-30 begins at 01:00.
        beirut = zoneinfo.ZoneInfo("Asia/Beirut")
        window = windows.day(datetime.date(2025, 3, 30), beirut)
        self.assert_window("2025-03-29T22:00", "2025-03-30T21:00", window)
        self.assertEqual(window.begin, windows.instant("2025-03-30", beirut))

    def test_months(self):
        self.assert_window(
            "2026-09-30T22:00",
            "2026-10-31T23:00",
            windows.month("2026-10", BERLIN),
        )
        self.assert_window(
            "2026-12-01T00:00",
            "2027-01-01T00:00",
            windows.month("2026-12", UTC),
        )
        for text in ("2026", "2026-13", "2026-1", "2026-10-01", "9999-12"):
            self.assertRaises(windows.WindowInvalid, windows.month, text, UTC)

    def test_lengths(self):
        hour = datetime.timedelta(hours=1)
        for text, hours in (("36h", 36), ("7d", 168), ("2w", 336)):
            self.assertEqual(hours * hour, windows.length(text))
        for text in ("", "7", "0d", "-1d", "1m", "1.5d", "7d "):
            self.assertRaises(windows.WindowInvalid, windows.length, text)

    def test_unknown_zones(self):
        for name in ("Mars/Olympus", "", "../etc/passwd", "Europe"):
            self.assertRaises(windows.WindowInvalid, windows.zone, name)
        self.assertIsNone(windows.zone(None))

    def test_the_end_is_later(self):
        at = utc("2026-07-01T00:00")
        self.assertRaises(windows.WindowInvalid, windows.between, at, at)

    def test_whole_periods_only(self):
        window = periods.Window(
            utc("2026-07-01T00:10"), utc("2026-07-01T02:00")
        )
        windows.check_aligned(window, 600)
        error = self.assertRaises(
            windows.WindowInvalid, windows.check_aligned, window, 3600
        )
        self.assertIn(
            "--begin 2026-07-01T00:00:00+00:00 --end "
            "2026-07-01T02:00:00+00:00",
            str(error),
        )

    def test_description(self):
        window = windows.day(datetime.date(2026, 10, 25), BERLIN)
        self.assertEqual(
            "Window: 2026-10-25 00:00:00 CEST to 2026-10-26 00:00:00 CET\n"
            "UTC:    2026-10-24 22:00:00 UTC to 2026-10-25 23:00:00 UTC, "
            "25 periods of 3600 seconds",
            windows.described(window, BERLIN, 3600),
        )
