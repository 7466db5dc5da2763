# SPDX-License-Identifier: Apache-2.0
"""Helpers of plugins: the results are those of a run of release 25.0.0."""

import datetime
import decimal
import time

import fixtures

from cloudkitty import utils
from cloudkitty.tests import base
from cloudkitty.utils import json
from cloudkitty.utils import tz

D = decimal.Decimal
HOUR = datetime.timedelta(hours=1)
NAIVE = datetime.datetime(2026, 10, 25, 0, 30)
UTC = NAIVE.replace(tzinfo=datetime.UTC)
EAST = UTC.astimezone(datetime.timezone(5 * HOUR))


class TestTimes(base.TestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.EnvironmentVariable("TZ", "Europe/Paris"))
        time.tzset()

    def tearDown(self):
        super().tearDown()
        time.tzset()

    def same(self, text, found):
        self.assertEqual(text, found.isoformat())

    def test_zones(self):
        for at in (NAIVE, UTC, EAST):
            self.same("2026-10-25T02:30:00+02:00", tz.utc_to_local(at))
            self.same("2026-10-25T00:30:00+00:00", tz.local_to_utc(at))
            self.same("2026-10-25T00:30:00", tz.local_to_utc(at, naive=True))
        self.assertIsNotNone(tz.localized_now().utcoffset())

    def test_deltas_over_a_change_of_the_offset(self):
        for at in (NAIVE, UTC, EAST, tz.utc_to_local(UTC)):
            self.same("2026-10-25T02:30:00+01:00", tz.add_delta(at, HOUR))
            self.same(
                "2026-10-25T01:30:00+02:00", tz.substract_delta(at, HOUR)
            )
        self.assertEqual(7200, tz.diff_seconds(UTC, UTC + 2 * HOUR))
        self.assertEqual(7200, tz.diff_seconds(UTC + 2 * HOUR, UTC))

    def test_months(self):
        for at, text in (
            (NAIVE, "2026-10-01T00:00:00+02:00"),
            (UTC, "2026-10-01T00:00:00+00:00"),
            (EAST, "2026-10-01T00:00:00+05:00"),
        ):
            self.same(text, tz.get_month_start(at))
            self.same("2026-10-01T00:00:00", tz.get_month_start(at, True))

    def test_months_with_a_change_of_the_offset(self):
        # Upstream is off by one hour here.
        self.same("2026-11-01T00:00:00+01:00", tz.get_next_month(NAIVE))
        late = tz.utc_to_local(datetime.datetime(2026, 10, 31, 12))
        self.same("2026-10-01T00:00:00+02:00", tz.get_month_start(late))

    def test_texts(self):
        self.same(
            "2026-10-25T02:30:00+02:00", tz.dt_from_iso("2026-10-25T00:30:00")
        )
        self.same(
            "2026-10-24T22:30:00+00:00",
            tz.dt_from_iso("2026-10-25T00:30:00+02:00", as_utc=True),
        )
        self.same("1970-01-01T01:00:00+01:00", tz.dt_from_ts(0))


class TestNumbers(base.TestCase):
    def test_decimals(self):
        self.assertEqual(D(0.1), utils.num2decimal(0.1))
        self.assertEqual(D("0.1"), utils.num2decimal("0.1"))
        self.assertEqual(D(1 / 3), utils.num2decimal("1/3"))

    def test_units(self):
        self.assertEqual(D("0.85"), utils.convert_unit(D("1.5"), "1/2", "0.1"))
        self.assertEqual(D("1.5"), utils.convert_unit(1.5))

    def test_mutations(self):
        for mode, expected in (
            ("FLOOR", "[-2, 0, 2]"),
            ("CEIL", "[-1, 0, 3]"),
            ("NUMBOOL", "[1.0, 0.0, 1.0]"),
            ("NOTNUMBOOL", "[0.0, 1.0, 0.0]"),
        ):
            found = [
                utils.mutate(D(text), mode) for text in ("-1.5", "0", "2.5")
            ]
            self.assertEqual(expected, repr(found))
        self.assertEqual(7, utils.mutate(D(2), "MAP", {2.0: 7}))
        self.assertEqual(0.0, utils.mutate(D(2), "MAP", {}))

    def test_json(self):
        self.assertEqual(
            '{"a": 0.1, "b": "2026-10-25T00:30:00+00:00"}',
            json.dumps({"a": D("0.1"), "b": UTC}),
        )
