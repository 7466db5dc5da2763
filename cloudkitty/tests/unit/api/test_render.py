# SPDX-License-Identifier: Apache-2.0
import datetime
import decimal
import json

import hypothesis
import wsme.types
from hypothesis import strategies as st

from cloudkitty.api import fast_types
from cloudkitty.api import render
from cloudkitty.api import timestamps
from cloudkitty.tests import base

D = decimal.Decimal
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(-(10**37), 10**37, places=28)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def exact(value):
    """Return ``value`` with floats replaced by decimals."""
    if isinstance(value, float):
        return D(repr(value))
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return value


class Priced(wsme.types.Base):
    name = wsme.types.text
    price = timestamps.Number()


class TestRender(base.TestCase):
    def test_values_and_their_text(self):
        for value, text in (
            (D("0E-28"), "0"),
            ([D("1E+3"), D("0.10")], "[1000, 0.1]"),
            (1e-05, "0.00001"),
            (0.0, "0.0"),
            (float("nan"), '"nan"'),
            ("é\u2028", '"\\u00e9\\u2028"'),
            ({1: True, None: (), False: {}}, None),
            (Priced(price=D("1.50")), '{"price": 1.5}'),
            (Priced(name=None, price=D(2)), '{"name": null, "price": 2}'),
            ([fast_types.Rendered("{}"), 1], "[{}, 1]"),
            ({"at": datetime.date(2026, 11, 1)}, '{"at": "2026-11-01"}'),
        ):
            text = json.dumps(value) if text is None else text
            self.assertEqual(text, render.text(value))

    def test_unsupported_types(self):
        for value in (object(), b"bytes", {1, 2}):
            self.assertRaises(TypeError, render.text, [value])

    @hypothesis.given(VALUES)
    @hypothesis.settings(deadline=None, database=None)
    def test_json_has_the_exact_value(self, value):
        text = render.text(value)
        self.assertTrue(text.isascii())
        got = json.loads(text, parse_float=D)
        self.assertEqual(exact(value), got)
