# SPDX-License-Identifier: Apache-2.0
"""Frames on their way to scripts and back."""

import datetime
import decimal
import json

import hypothesis
from hypothesis import given
from hypothesis import strategies as st

from cloudkitty import dataframe
from cloudkitty.rating.pyscripts import frames
from cloudkitty.rating.pyscripts.inside import values
from cloudkitty.tests import base
from cloudkitty.tests.fakes import pyscripts

D = decimal.Decimal

#: Generating nested values takes a while on a busy machine.
_settings = hypothesis.settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
_TEXT = st.text(max_size=6)
_SCALARS = (
    _TEXT
    | st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
)
_ATTRIBUTES = st.dictionaries(
    _TEXT,
    st.recursive(
        _SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(_TEXT, inner, max_size=3)
        ),
        max_leaves=3,
    ),
    max_size=3,
)
_NUMBERS = st.decimals(
    min_value=-(10**20), max_value=10**20, allow_nan=False, places=20
)
_POINTS = st.builds(
    dataframe.DataPoint,
    unit=st.text(min_size=1, max_size=6),
    qty=_NUMBERS,
    price=_NUMBERS,
    groupby=_ATTRIBUTES,
    metadata=_ATTRIBUTES,
    description=st.just("words"),
)


def round_trip(frame):
    """Send a frame to a script that does nothing, and back."""
    data = values.to_data(json.loads(frames.pack(frame)))
    wire = json.loads(json.dumps(values.to_wire(data)))
    return frames.unpack(wire, frame)


class TestRoundTrip(base.TestCase):
    @_settings
    @given(
        st.dictionaries(
            st.text(min_size=1, max_size=6),
            st.lists(_POINTS, max_size=3),
            max_size=3,
        )
    )
    def test_nothing_changes(self, usage):
        frame = pyscripts.frame()
        sent = dataframe.DataFrame(frame.start, frame.end, usage)
        back = round_trip(sent)
        self.assertEqual(sent, back)
        # Equal is not enough: 1 == True == Decimal("1.00").
        self.assertEqual(repr(sent.usage), repr(back.usage))

    def test_digits_stay(self):
        frame = pyscripts.frame(1)
        frame.usage["cpu"][0] = frame.usage["cpu"][0].set_price(D("0E-28"))
        self.assertEqual(["0E-28"], pyscripts.prices(round_trip(frame)))

    def test_the_description_stays_with_the_metric(self):
        back = round_trip(pyscripts.frame())
        self.assertEqual(
            ["words"] * 2, [point.description for point in back.usage["cpu"]]
        )

    def test_values_that_cannot_be_sent(self):
        for value in (object(), 1 << 300, float("nan"), b"bytes", {1: "x"}):
            frame = pyscripts.frame(1)
            [point] = frame.usage["cpu"]
            frame.usage["cpu"] = [point._replace(metadata={"x": value})]
            self.assertRaises(frames.Invalid, frames.pack, frame)


class TestWhatScriptsMayLeave(base.TestCase):
    def left(self, **changes):
        point = {
            "vol": {"unit": "GiB", "qty": 1},
            "groupby": {},
            "metadata": {},
            **changes,
        }
        at = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
        data = {"period": {"begin": at, "end": at}, "usage": {"m": [point]}}
        [found] = values.to_wire(data)["usage"]["m"]
        return found

    def test_numbers(self):
        for number, text in (
            (3, "3"),
            (0.1, "0.1"),
            ("1.50", "1.50"),
            (D("2.500"), "2.500"),
            (True, "1"),
        ):
            found = self.left(
                vol={"unit": "u", "qty": number}, rating={"price": number}
            )
            self.assertEqual([text, text], found[1:3])

    def test_rating_may_be_left_out(self):
        self.assertEqual("0", self.left()[2])
        self.assertEqual("0", self.left(rating={})[2])

    def test_no_unit(self):
        found = self.left(vol={"unit": "", "qty": 1})
        self.assertEqual("undefined", found[0])

    def test_times(self):
        for begin in (
            "2026-11-01T00:00:00+00:00",
            "2026-11-01T01:00:00+01:00",
            "2026-11-01 00:00:00",
            datetime.datetime(2026, 11, 1),
        ):
            wire = values.to_wire(
                {"period": {"begin": begin, "end": begin}, "usage": {}}
            )
            self.assertEqual(
                datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC),
                datetime.datetime.fromisoformat(wire["begin"]),
            )

    def test_points_may_be_any_iterable(self):
        point = {
            "vol": {"unit": "GiB", "qty": 1},
            "groupby": {},
            "metadata": {},
        }
        at = "2026-11-01"
        for points in ((point,), iter([point]), {1: point}.values()):
            data = {
                "period": {"begin": at, "end": at},
                "usage": {"m": points},
            }
            self.assertEqual(1, len(values.to_wire(data)["usage"]["m"]))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(["begin", "end", "usage", "m", "D"]), inner
        )
    ),
    max_leaves=8,
)


class TestWhatComesBack(base.TestCase):
    """The process may send anything."""

    def setUp(self):
        super().setUp()
        self.frame = pyscripts.frame()
        self.good = {
            "begin": self.frame.start.isoformat(),
            "end": self.frame.end.isoformat(),
        }

    @_settings
    @given(_JSON)
    def test_anything(self, wire):
        self.refused_or_frame(wire)

    @_settings
    @given(_JSON)
    def test_any_usage(self, usage):
        self.refused_or_frame({**self.good, "usage": usage})

    @_settings
    @given(st.lists(_JSON, min_size=5, max_size=5))
    def test_any_point(self, point):
        self.refused_or_frame({**self.good, "usage": {"m": [point]}})

    def refused_or_frame(self, wire):
        try:
            found = frames.unpack(wire, self.frame)
        except frames.Invalid:
            return
        self.assertEqual(self.frame.period, found.period)
        for _, point in found.iterpoints():
            self.assertIsInstance(point.qty, D)
            self.assertTrue(point.price.is_finite())

    def test_deep(self):
        value = "x"
        for _ in range(100_000):
            value = ["L", [value]]
        point = ["u", "1", "1", {"x": value}, {}]
        error = self.assertRaises(
            frames.Invalid,
            frames.unpack,
            {**self.good, "usage": {"m": [point]}},
            self.frame,
        )
        self.assertEqual("the answer is not a frame", str(error))

    def test_long_numbers(self):
        point = ["u", "1" * 201, "1", {}, {}]
        self.assertRaises(
            frames.Invalid,
            frames.unpack,
            {**self.good, "usage": {"m": [point]}},
            self.frame,
        )
