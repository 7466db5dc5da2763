# SPDX-License-Identifier: Apache-2.0
import datetime
import decimal

from cloudkitty.api.v1 import wire
from cloudkitty.tests import base


class TestWire(base.TestCase):
    def test_number_keeps_its_digits(self):
        for value, text in (
            ("1.5000000000000000000000000000", "1.5"),
            ("0E-28", "0"),
            ("-1.0E-20", "-0.00000000000000000001"),
            ("36.0", "36"),
        ):
            self.assertEqual(text, wire.number(decimal.Decimal(value)))

    def test_padded_has_all_places_of_the_column(self):
        for value, text in (
            ("1.5", "1.50000000"),
            ("0E-28", "0.00000000"),
            ("-1E-8", "-0.00000001"),
            ("123456789012", "123456789012.00000000"),
        ):
            self.assertEqual(text, wire.padded(decimal.Decimal(value), 8))
        self.assertIsNone(wire.padded(None, 8))

    def test_time_is_utc_without_offset(self):
        at = base.utc("2026-11-23T08:56:13")
        self.assertEqual("2026-11-23T08:56:13", wire.time(at))
        berlin = datetime.timezone(datetime.timedelta(hours=1))
        self.assertEqual(
            "2026-11-23T08:56:13.770327",
            wire.time(at.replace(microsecond=770327).astimezone(berlin)),
        )
        self.assertIsNone(wire.time(None))
