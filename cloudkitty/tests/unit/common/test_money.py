# SPDX-License-Identifier: Apache-2.0
import decimal

import hypothesis
from hypothesis import strategies as st

from cloudkitty.common import money
from cloudkitty.tests import base

D = decimal.Decimal
#: All that a storage keeps: 37 digits before the point, 28 after it.
STORED = st.decimals(
    min_value=D("-1e37") + 1,
    max_value=D("1e37") - 1,
    places=28,
    allow_nan=False,
    allow_infinity=False,
)


class TestMoney(base.TestCase):
    def test_texts(self):
        for value, text in (
            ("0E-28", "0"),
            ("-0.00", "0"),
            ("0E+5", "0"),
            ("1E+3", "1000"),
            ("36.0", "36"),
            ("1.5000000000000000000000000000", "1.5"),
            ("1E-28", "0.0000000000000000000000000001"),
            ("-1.00000000E-20", "-0.00000000000000000001"),
            (
                "12345678901234568190.1900000000000000000000000001",
                "12345678901234568190.1900000000000000000000000001",
            ),
        ):
            self.assertEqual(text, money.text(D(value)), value)

    def test_sums_are_not_rounded(self):
        values = [D("12345678901234567.89"), D("0.1"), D("0.2"), D("1e-28")]
        with decimal.localcontext(decimal.Context(prec=3)):
            got = money.total(values)
        self.assertEqual(
            "12345678901234568.1900000000000000000000000001", money.text(got)
        )
        self.assertEqual("0", money.text(money.total([])))

    def test_an_inexact_sum_is_an_error(self):
        for values in ([D("1e600"), D("1e-600")], [D("1e3000"), D(1)]):
            self.assertRaises(decimal.Inexact, money.total, values)

    @hypothesis.given(st.lists(STORED, max_size=20))
    @hypothesis.settings(deadline=None, database=None)
    def test_the_text_has_the_value(self, values):
        got = money.text(money.total(values))
        self.assertNotRegex(got, "[Ee+]")
        whole = sum(int(value.scaleb(28, money.EXACT)) for value in values)
        self.assertEqual(D(whole), D(got).scaleb(28, money.EXACT))
