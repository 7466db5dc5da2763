# SPDX-License-Identifier: Apache-2.0
"""Daily windows, also over midnight, and their option."""

import datetime

from cloudkitty.common import daily
from cloudkitty.conf import types
from cloudkitty.tests import base

NIGHT = types.DailyWindow()("22:00-06:00")
NOON = types.DailyWindow()(" 12:00 - 13:30 ")


class TestWindows(base.TestCase):
    def opens(self, at, *windows):
        return daily.opens_at(windows, base.utc(at))

    def test_none(self):
        at = "2026-11-01T12:00"
        self.assertEqual(base.utc(at), self.opens(at))

    def test_open(self):
        for at in ("22:00", "23:59", "00:00", "05:59", "12:00", "13:29"):
            at = f"2026-11-01T{at}"
            self.assertEqual(base.utc(at), self.opens(at, NIGHT, NOON), at)

    def test_closed(self):
        for at, opens in (
            ("2026-11-01T06:00", "2026-11-01T12:00"),
            ("2026-11-01T13:30", "2026-11-01T22:00"),
        ):
            self.assertEqual(base.utc(opens), self.opens(at, NIGHT, NOON))
        self.assertEqual(
            base.utc("2026-12-01T12:00"), self.opens("2026-11-30T13:30", NOON)
        )

    def test_until_midnight(self):
        window = types.DailyWindow()("20:00-24:00")
        self.assertTrue(window.contains(base.utc("2026-11-01T23:59")))
        self.assertFalse(window.contains(base.utc("2026-11-01T00:00")))

    def test_option(self):
        conf = self.make_conf(
            reprocess={"run_windows": "22:00-06:00,1:00-2:30"}
        )
        self.assertEqual(
            ["22:00-06:00", "01:00-02:30"],
            list(map(str, conf.reprocess.run_windows)),
        )
        self.assertEqual(
            daily.DailyWindow(datetime.time(22), datetime.time(6)),
            conf.reprocess.run_windows[0],
        )

    def test_refused(self):
        for text in ("22:00", "22-06", "25:00-26:00", "1:00-01:00", "x"):
            self.assertRaises(ValueError, types.DailyWindow(), text)
