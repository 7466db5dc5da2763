# SPDX-License-Identifier: Apache-2.0
"""The rating module over real databases and a real process."""

import datetime
import decimal

from cloudkitty.db.rules import module_states
from cloudkitty.rating import base as rating_base
from cloudkitty.rating import loader
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import rule_book
from cloudkitty.tests.fakes import pyscripts

D = decimal.Decimal
AT = rule_book.AT
HOUR = datetime.timedelta(hours=1)

_DISCOUNT = """
from decimal import Decimal

for metric, points in data["usage"].items():
    for point in points:
        point["rating"]["price"] -= Decimal("0.5")
"""
_NEW_METRIC = """
data["usage"]["fee"] = [
    {
        "vol": {"unit": "month", "qty": 1},
        "rating": {"price": 9.99},
        "groupby": {"id": "fee"},
        "metadata": {},
    }
]
"""
_REBOUND = """
data = {
    "period": data["period"],
    "usage": {
        metric: [
            dict(point, rating={"price": len(points)}) for point in points
        ]
        for metric, points in data["usage"].items()
    },
}
"""


class ModuleCase:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.enable("pyscripts")

    def enable(self, name, priority=1):
        def work(session):
            module_states.set_enabled(session, name, True)
            module_states.set_priority(session, name, priority)

        self.database.write(work)

    def chain(self, **options):
        conf = self.make_conf(pyscripts={"enabled": True, **options})
        makers = loader.bind(loader.modules(), conf)
        for maker in makers.values():
            self.addCleanup(maker.close)
        return loader.load_chain(makers, self.database, "scope")

    def rate(self, frame=None, **options):
        return self.chain(**options).rate(frame or pyscripts.frame())


@databases.on_each()
class Rating(ModuleCase):
    def test_no_script_no_process(self):
        frame = pyscripts.frame()
        self.assertEqual(frame, self.rate(frame))

    def test_scripts_receive_the_output_of_the_previous_one(self):
        pyscripts.add(self.database, pyscripts.DOUBLE)
        pyscripts.add(self.database, _DISCOUNT)
        self.assertEqual(["1.5", "3.5"], pyscripts.prices(self.rate()))

    def test_in_the_order_of_their_rows(self):
        pyscripts.add(self.database, _DISCOUNT)
        pyscripts.add(self.database, pyscripts.DOUBLE)
        self.assertEqual(["2", "4"], pyscripts.prices(self.rate()))

    def test_the_input_frame_is_unchanged(self):
        pyscripts.add(self.database, pyscripts.DOUBLE)
        frame = pyscripts.frame()
        self.rate(frame)
        self.assertEqual(pyscripts.frame(), frame)

    def test_data_may_be_bound_anew(self):
        pyscripts.add(self.database, _REBOUND)
        self.assertEqual(["2", "2"], pyscripts.prices(self.rate()))

    def test_a_new_metric(self):
        pyscripts.add(self.database, _NEW_METRIC)
        rated = self.rate()
        self.assertEqual(["cpu", "fee"], list(rated.usage))
        [point] = rated.usage["fee"]
        self.assertEqual(D("9.99"), point.price)
        self.assertIsNone(point.description)

    def test_no_usage_is_left(self):
        pyscripts.add(self.database, "data['usage'].clear()")
        self.assertEqual({}, self.rate().usage)

    def test_structure_of_data(self):
        pyscripts.add(
            self.database,
            pyscripts.source(
                """
                import datetime, decimal
                assert set(data) == {"period", "usage"}
                begin, end = data["period"]["begin"], data["period"]["end"]
                assert begin == datetime.datetime(
                    2026, 11, 1, 5, tzinfo=datetime.timezone.utc
                )
                assert end - begin == datetime.timedelta(hours=1)
                assert list(data["usage"]) == ["cpu"]
                point = data["usage"]["cpu"][1]
                assert point == {
                    "vol": {"unit": "GiB", "qty": decimal.Decimal(2)},
                    "rating": {"price": decimal.Decimal(0)},
                    "groupby": {"id": "i-1"},
                    "metadata": {"flavor": "m1"},
                }
                assert type(point["vol"]["qty"]) is decimal.Decimal
                assert set(globals()) - {"data", "__builtins__"} == {
                    "datetime", "decimal", "begin", "end", "point"
                }
                """
            ),
        )
        self.rate()

    def test_globals_are_fresh(self):
        pyscripts.add(self.database, "left = 1")
        pyscripts.add(self.database, "assert 'left' not in globals()")
        chain = self.chain()
        for _ in range(2):
            chain.rate(pyscripts.frame())

    def test_the_same_digits_as_the_other_modules(self):
        pyscripts.add(
            self.database,
            "import decimal\n"
            "data['usage']['cpu'][0]['rating']['price'] = "
            "decimal.Decimal(1) / 3\n"
            "decimal.getcontext().prec = 3",
        )
        pyscripts.add(
            self.database,
            "import decimal\n"
            "data['usage']['cpu'][1]['rating']['price'] = "
            "decimal.Decimal(1) / 3",
        )
        self.assertEqual([f"0.{'3' * 28}"] * 2, pyscripts.prices(self.rate()))

    def test_in_force_at_the_start_of_the_period(self):
        pyscripts.add(self.database, pyscripts.DOUBLE, start=AT)
        pyscripts.add(self.database, _DISCOUNT, start=AT - HOUR, end=AT + HOUR)
        pyscripts.add(self.database, "1 / 0", start=AT - HOUR, deleted_at=AT)
        chain = self.chain()
        prices = []
        for hours in (-2, -1, 0, 1):
            frame = pyscripts.frame(1)
            frame.start += hours * HOUR
            frame.end += hours * HOUR
            prices += pyscripts.prices(chain.rate(frame))
        self.assertEqual(["0", "-0.5", "1.5", "2"], prices)

    def test_beside_hashmap_by_priority(self):
        seen = "data['usage']['cpu'][0]['metadata']['flavor'] = 'm2'"
        pyscripts.add(self.database, seen)
        self.enable("hashmap", priority=5)
        self.assertEqual(
            ["hashmap", "noop", "pyscripts"],
            [one.module_name for one in self.chain().modules],
        )
        self.enable("pyscripts", priority=9)
        self.assertEqual(
            ["pyscripts", "hashmap", "noop"],
            [one.module_name for one in self.chain().modules],
        )


class TestFailures(ModuleCase, base.TestCase):
    backend = "sqlite"

    def fails(self, **options):
        error = self.assertRaises(
            rating_base.RatingError, self.rate, **options
        )
        return str(error)

    def test_the_script_and_its_line_are_named(self):
        pyscripts.add(self.database, "x = 1", "fine")
        bad = pyscripts.add(self.database, "x = 1\n1 / 0", "bad")
        pyscripts.add(self.database, "x = 1", "also fine")
        self.assertEqual(
            f"script {bad.script_id} ('bad') raised ZeroDivisionError in "
            "line 2",
            self.fails(),
        )

    def test_an_invalid_script_fails_its_periods_only(self):
        bad = pyscripts.add(self.database, "(", "bad", end=AT)
        chain = self.chain()
        frame = pyscripts.frame()
        self.assertEqual(frame, chain.rate(frame))
        frame.start -= HOUR
        error = self.assertRaises(rating_base.RatingError, chain.rate, frame)
        self.assertEqual(
            f"script {bad.script_id} ('bad') cannot be compiled: "
            "SyntaxError in line 1",
            str(error),
        )

    def test_a_damaged_row(self):
        bad = pyscripts.add(self.database, "x = 1", "bad", stored=b"nonsense")
        self.assertEqual(
            f"script {bad.script_id} ('bad') cannot be read: its row is "
            "damaged",
            self.fails(),
        )

    def test_not_enabled(self):
        bad = pyscripts.add(self.database, "x = 1", "mine", start=AT)
        self.assertEqual(
            f"script {bad.script_id} ('mine') is in force, but scripts are "
            "not run: set [pyscripts] enabled = true, or disable the rating "
            "module pyscripts",
            self.fails(enabled=False),
        )
        frame = pyscripts.frame()
        frame.start -= HOUR
        self.assertEqual(frame, self.rate(frame, enabled=False))

    def test_several_possible_scripts_are_named(self):
        made = [pyscripts.add(self.database, "x = 1", name) for name in "ab"]
        frame = pyscripts.frame(1)
        point = frame.usage["cpu"][0]
        frame.usage["cpu"][0] = point._replace(metadata={"x": object()})
        error = self.assertRaises(rating_base.RatingError, self.rate, frame)
        self.assertEqual(
            f"one of script {made[0].script_id} ('a'), script "
            f"{made[1].script_id} ('b') cannot be run: an attribute is "
            "neither text nor a number",
            str(error),
        )
