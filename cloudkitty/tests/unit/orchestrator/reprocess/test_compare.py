# SPDX-License-Identifier: Apache-2.0
import collections
import decimal

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from cloudkitty import dataframe
from cloudkitty.orchestrator.reprocess import compare
from cloudkitty.storage import stored
from cloudkitty.tests import base

D = decimal.Decimal
HOURS = (base.utc("2026-11-01T00:00"), base.utc("2026-11-01T01:00"))


def point(name="vm", qty=1, price=1, **metadata):
    return dataframe.DataPoint(
        "unit", D(qty), D(price), {"id": name}, metadata
    )


def frame(*points, hour=0, metric="cpu"):
    end = base.utc(f"2026-11-01T0{hour + 1}:00")
    usage = {metric: list(points)} if points else {}
    return dataframe.DataFrame(HOURS[hour], end, usage)


def compare_frames(old, new, totals, metrics):
    return compare.frames(old, new, totals, metrics, stored.as_stored)


def compared(old, new, totals=(), metrics=()):
    """Return {metric: {part: (points, price)}}."""
    found = {}
    for total in compare_frames(old, new, totals, metrics):
        parts = {"before": total.before, "after": total.after}
        for part in ("equal", "changed", "missing", "extra"):
            parts[part] = getattr(total.comparison, part)
        found[total.metric] = {
            name: (amount.points, amount.price)
            for name, amount in parts.items()
        }
    return found


class TestCompare(base.TestCase):
    def check(self, old, new, **expected):
        (found,) = compared([frame(*old)], [frame(*new)]).values()
        del found["before"], found["after"]
        whole = dict.fromkeys(("equal", "changed", "missing", "extra"), (0, 0))
        self.assertEqual({**whole, **expected}, found)

    def test_the_same(self):
        self.check([point(price=3)], [point(price="3.0")], equal=(1, 3))

    def test_another_price(self):
        self.check([point(price=3)], [point(price=5)], changed=(1, 2))
        self.check([point(price=5)], [point(price=3)], changed=(1, -2))

    def test_another_quantity_at_no_price(self):
        self.check(
            [point(qty=1, price=0)], [point(qty=2, price=0)], changed=(1, 0)
        )

    def test_other_metadata(self):
        self.check([point(flavor="a")], [point(flavor="b")], changed=(1, 0))

    def test_gone_and_come(self):
        self.check(
            [point("old", price=3)],
            [point("new", price=5)],
            missing=(1, 3),
            extra=(1, 5),
        )

    def test_points_of_one_name_are_paired(self):
        self.check(
            [point(price=1), point(price=2), point(price=4)],
            [point(price=2), point(price=7)],
            equal=(1, 2),
            changed=(1, 6),
            missing=(1, 4),
        )

    def test_the_same_point_twice_is_two(self):
        self.check([point()], [point(), point()], equal=(1, 1), extra=(1, 1))

    def test_another_period_is_another_point(self):
        (found,) = compared(
            [frame(point(), hour=0)], [frame(point(), hour=1)]
        ).values()
        self.assertEqual(((1, 1), (1, 1)), (found["missing"], found["extra"]))

    def test_metrics_are_apart_and_none_is_left_out(self):
        found = compared(
            [frame(point(), metric="a")],
            [frame(point(), metric="b")],
            metrics=["c"],
        )
        self.assertEqual(
            {"a": (1, 0), "b": (0, 1), "c": (0, 0)},
            {
                name: (parts["missing"][0], parts["extra"][0])
                for name, parts in found.items()
            },
        )

    def test_more_digits_than_are_stored_are_no_change(self):
        self.check(
            [point(price="0.3333333333333333333333333333")],
            [point(price=D(1) / D(3) + D("1e-40"))],
            equal=(1, D("0.3333333333333333333333333333")),
        )


points = st.lists(
    st.builds(
        point,
        st.sampled_from("ab"),
        st.integers(0, 2),
        st.integers(-2, 2),
    ),
    max_size=5,
)


class TestLaws(base.TestCase):
    @settings(max_examples=200, deadline=None)
    @given(points, points)
    def test_differences_add_up(self, old, new):
        found = compared([frame(*old)], [frame(*new)], metrics=["cpu"])["cpu"]
        count = {name: amount[0] for name, amount in found.items()}
        price = {name: amount[1] for name, amount in found.items()}
        self.assertEqual(
            (len(old), len(new)), (count["before"], count["after"])
        )
        both = count["equal"] + count["changed"]
        self.assertEqual(len(old), both + count["missing"])
        self.assertEqual(len(new), both + count["extra"])
        common = collections.Counter(map(repr, old)) & collections.Counter(
            map(repr, new)
        )
        self.assertEqual(common.total(), count["equal"])
        self.assertEqual(
            price["after"] - price["before"],
            price["changed"] + price["extra"] - price["missing"],
        )

    @settings(max_examples=50, deadline=None)
    @given(points, points, points, points)
    def test_two_chunks_come_to_one(self, old, new, later_old, later_new):
        first = ([frame(*old)], [frame(*new)])
        then = ([frame(*later_old, hour=1)], [frame(*later_new, hour=1)])
        at_once = compare_frames(
            first[0] + then[0], first[1] + then[1], (), ["cpu"]
        )
        resumed = compare_frames(
            *then, compare_frames(*first, (), ["cpu"]), ()
        )
        self.assertEqual(at_once, resumed)
