# SPDX-License-Identifier: Apache-2.0
"""Quotes: prices of hypothetical usage."""

import datetime
import decimal

from cloudkitty.common import rpc
from cloudkitty.orchestrator.rpc import quotes
from cloudkitty.rating import base as rating_base
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

NOW = base.utc("2026-11-02T09:04") + datetime.timedelta(microseconds=5)
D = decimal.Decimal


def usage(qty="3", **desc):
    return {"cpu": [{"desc": desc, "vol": {"qty": qty, "unit": "undef"}}]}


class Recorder(world.PriceChain):
    def rate(self, frame):
        self.frame = frame
        return super().rate(frame)


class TestQuoting(base.TestCase):
    def setUp(self):
        super().setUp()
        self.chain = Recorder()

    def price(self, given):
        return quotes.price(given, self.chain, NOW, 3600)

    def refused(self, given):
        return str(self.assertRaises(rpc.InvalidUsage, self.price, given))

    def test_the_frame_is_that_of_the_facts(self):
        given = usage(
            groupby={"id": "x", "n": 4},
            metadata={"flavor": None, "f": 1.5},
            ignored="yes",
        )
        self.assertEqual(6, self.price(given))
        frame = self.chain.frame
        self.assertEqual(base.utc("2026-11-02T09:04"), frame.start)
        self.assertEqual(base.utc("2026-11-02T10:04"), frame.end)
        [(name, point)] = list(frame.iterpoints())
        self.assertEqual("cpu", name)
        self.assertEqual(D(3), point.qty)
        self.assertEqual(D(0), point.price)
        self.assertEqual("undef", point.unit)
        self.assertEqual({"id": "x", "n": "4"}, point.groupby)
        self.assertEqual({"flavor": "None", "f": "1.5"}, point.metadata)

    def test_the_sum_of_all_points_is_exact(self):
        self.chain.price = D(1)
        given = {
            "cpu": usage("0.1")["cpu"] * 3,
            "disk": usage("1e-20")["cpu"],
        }
        self.assertEqual(D("0.30000000000000000001"), self.price(given))

    def test_nothing_costs_nothing(self):
        self.assertEqual(0, self.price({}))
        self.assertEqual(0, self.price({"cpu": []}))

    def test_numbers_are_taken_as_they_are_written(self):
        self.assertEqual(D("0.2"), self.price(usage(0.1)))
        self.assertEqual(D(4), self.price(usage(2)))

    def test_invalid_numbers(self):
        for qty in ("many", "", "nan", "-inf", None, True, [], "1_0x"):
            self.assertIn("no number", self.refused(usage(qty)), qty)

    def test_usage_of_another_shape(self):
        for given in (
            None,
            [],
            "x",
            {"cpu": None},
            {"cpu": {}},
            {"cpu": [1]},
            {"cpu": [{}]},
            {"cpu": [{"vol": 3}]},
            {"cpu": [{"vol": {"qty": 1}, "desc": []}]},
            usage(groupby=[1]),
            usage(metadata={"a": {}}),
            usage(metadata={"a": [1]}),
        ):
            if given == {"cpu": [{"vol": {"qty": 1}, "desc": []}]}:
                # Upstream's clients send nothing where there is nothing.
                self.assertEqual(2, self.price(given))
                continue
            self.refused(given)

    def test_usage_to_which_no_rule_can_be_applied(self):
        self.chain.broken_at.add(base.utc("2026-11-02T09:04"))
        self.assertEqual("rule 7 is broken", self.refused(usage()))

    def test_a_price_beyond_all_numbers(self):
        self.chain.error = rating_base.RatingError("too large")
        self.refused(usage("1e9999999"))
