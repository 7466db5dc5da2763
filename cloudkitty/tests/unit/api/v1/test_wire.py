# SPDX-License-Identifier: Apache-2.0
import datetime
import decimal

from cloudkitty.api.v1 import wire
from cloudkitty.tests import base


class WireTest(base.TestCase):
    def test_a_number_keeps_its_digits(self):
        for text in ("1.5000000000000000000000000000", "0E-28", "-1.0E-20"):
            self.assertEqual(text, wire.number(decimal.Decimal(text)))
        self.assertIsNone(wire.number(None))

    def test_a_time_is_utc_and_does_not_say_so(self):
        at = base.utc("2026-11-23T08:56:13")
        self.assertEqual("2026-11-23T08:56:13", wire.time(at))
        berlin = datetime.timezone(datetime.timedelta(hours=1))
        self.assertEqual(
            "2026-11-23T08:56:13.770327",
            wire.time(at.replace(microsecond=770327).astimezone(berlin)),
        )
        self.assertIsNone(wire.time(None))
