# SPDX-License-Identifier: Apache-2.0
import decimal

import hypothesis
from hypothesis import strategies as st

from cloudkitty.common import wording
from cloudkitty.tests import base

D = decimal.Decimal


class TestShown(base.TestCase):
    def test_json_and_no_python(self):
        for value, text in (
            (D("2.8499999999999996"), "2.8499999999999996"),
            (D("1E-29"), "1E-29"),
            (None, "null"),
            (True, "true"),
            (7, "7"),
            (0.5, "0.5"),
            ([None, D("0.5"), "a"], '[null, "0.5", "a"]'),
            ({"a": [False]}, '{"a": [false]}'),
            ({"a": {"b": D("1.50")}}, '{"a": {"b": "1.50"}}'),
            (("a", "b"), '["a", "b"]'),
            ("nobody", "'nobody'"),
            ("é\n\0", "'\\u00e9\\n\\u0000'"),
            ('it\'s "so"', "'it's \"so\"'"),
        ):
            self.assertEqual(text, wording.shown(value))

    def test_not_too_much_of_it(self):
        deep = []
        for _ in range(100_000):
            deep = [deep]
        for value in ("x" * 5000, 10**50, ["x"] * 10**5, deep, D("1E-9")):
            self.assertLess(len(wording.shown(value)), 70)
        del deep
        self.assertLess(len(wording.shown(D("1E+999999999"))), 70)

    @hypothesis.given(
        st.recursive(
            st.none()
            | st.booleans()
            | st.floats()
            | st.decimals()
            | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=5,
        )
    )
    @hypothesis.settings(deadline=None, database=None)
    def test_of_anything(self, value):
        text = wording.shown(value)
        self.assertTrue(text.isascii() and text.isprintable())
        for word in ("Decimal(", "OrderedDict"):
            self.assertNotIn(word, text)
