# SPDX-License-Identifier: Apache-2.0
"""Skip expressions: syntax, values and effect on metrics."""

import decimal

from cloudkitty import dataframe
from cloudkitty.collector import metrics
from cloudkitty.common import exceptions
from cloudkitty.rating import base as rating_base
from cloudkitty.rating import operations
from cloudkitty.rating import skip
from cloudkitty.tests import base
from cloudkitty.tests import rule_book
from cloudkitty.tests.unit.rating import skip_expressions

D = decimal.Decimal
OPTION = "skip_datapoints_expression"


def make_point():
    return dataframe.DataPoint(
        "GiB",
        D("2.5"),
        D("0.1"),
        {"project_id": "a", "id": "7"},
        {"flavor": "m1.tiny", "ram": "512", "image": None},
    )


def metric(key, expression=None, alt_name=None, position=0):
    return metrics.Metric(
        key=key,
        name=key,
        alt_name=alt_name or key,
        unit="u",
        skip_expression=expression,
        position=position,
    )


class SkipCase(base.TestCase):
    def compile(self, *definitions, default="False"):
        conf = self.make_conf(orchestrator={OPTION: default})
        return skip.compile_skips(conf, definitions)

    def skipped(self, expression, point=None):
        found = self.compile(metric("cpu", expression)).get("cpu")
        return found is not None and found(
            operations.Subject(point or make_point(), "cpu")
        )


class TestExpressions(SkipCase):
    def test_true(self):
        for expression in skip_expressions.TRUE:
            with self.subTest(expression):
                self.assertIs(True, self.skipped(expression))

    def test_false(self):
        for expression in skip_expressions.FALSE:
            with self.subTest(expression):
                self.assertIs(False, self.skipped(expression))

    def test_refused(self):
        for expression, what in skip_expressions.REFUSED:
            with self.subTest(expression[:60]):
                error = self.assertRaises(
                    exceptions.InvalidConfiguration,
                    self.compile,
                    metric("cpu", expression),
                )
                self.assertIn(f"metric cpu: {OPTION}: ", str(error))
                self.assertIn(what, str(error))
                self.assertLess(len(str(error)), 450)

    def test_a_refusal_names_the_place_and_the_allowed_syntax(self):
        for expression, place in (
            ("True or open(1)", "(character 9: open(1))"),
            ("  'é' == open(1)", "(character 8: open(1))"),
            ("True\nor open(1)", "not a Python expression (line 2, char"),
            ("(True\nor open(1))", "(line 2, character 4: open(1))"),
            ("(1\r\n<\u2028 2)", "not a Python expression"),
            ("['\u2028', open]", "(character 7: open)"),
            (f"[{'x' * 90}]", f"(character 2: {'x' * 40}...)"),
            ("True)", "not a Python expression (line 1, character 5)"),
        ):
            error = self.assertRaises(
                exceptions.InvalidConfiguration,
                self.compile,
                metric("cpu", expression),
            )
            self.assertIn(place, str(error), expression)
            self.assertNotIn("\n", str(error))
            if "not a Python" not in place:
                self.assertIn("allowed are lookups", str(error))

    def test_failing(self):
        for expression in skip_expressions.FAILING:
            with self.subTest(expression):
                error = self.assertRaises(
                    rating_base.RatingError, self.skipped, expression
                )
                self.assertIn("metric cpu", str(error))
                self.assertNotIn("m1.tiny", str(error))

    def test_a_missing_key_is_named(self):
        error = self.assertRaises(
            rating_base.RatingError,
            self.skipped,
            "datapoint['metadata']['nothing']",
        )
        self.assertIn("'nothing'", str(error))

    def test_decimals_compare_exactly(self):
        for qty, expected in (
            ("0.1", True),
            ("0.10", True),
            ("0.1000000000000000055511151231257827021181583404541015", False),
        ):
            point = rule_book.point(qty)
            self.assertEqual(
                expected,
                self.skipped("datapoint['vol']['qty'] == 0.1", point),
            )

    def test_the_callers_decimal_context_makes_no_difference(self):
        with decimal.localcontext(decimal.Context(prec=1, traps=[])):
            self.assertTrue(self.skipped("datapoint['vol']['qty'] * 3 == 7.5"))
            self.assertRaises(
                rating_base.RatingError, self.skipped, "float('nan') > 1"
            )


class TestChoice(SkipCase):
    def test_the_default_costs_nothing(self):
        skips = self.compile(metric("cpu"), metric("disk", "False"))
        self.assertIsNone(skips.get("cpu"))
        self.assertIsNone(skips.get("disk"))

    def test_the_option_is_for_metrics_without_their_own(self):
        skips = self.compile(
            metric("cpu"), metric("disk", "False"), default="True"
        )
        self.assertTrue(skips.get("cpu")(operations.Subject(make_point())))
        self.assertIsNone(skips.get("disk"))

    def test_a_wrong_option_is_refused_by_name(self):
        error = self.assertRaises(
            exceptions.InvalidConfiguration, self.compile, default="open(1)"
        )
        self.assertIn(f"[orchestrator] {OPTION}: a call to", str(error))

    def test_of_a_shared_name_the_last_in_the_file_counts(self):
        first = metric("b", "True", "shared", position=0)
        last = metric("a", "False", "shared", position=1)
        self.assertIsNone(self.compile(last, first).get("shared"))
        last = metric("a", None, "shared", position=1)
        self.assertIsNone(self.compile(last, first).get("shared"))
        last = metric("a", "True", "shared", position=1)
        first = metric("b", "False", "shared", position=0)
        self.assertIsNotNone(self.compile(last, first).get("shared"))

    def test_it_is_found_by_alt_name(self):
        skips = self.compile(metric("cpu", "True", "vcpu"))
        self.assertIsNone(skips.get("cpu"))
        self.assertIsNotNone(skips.get("vcpu"))


class TestApply(SkipCase):
    def test_points_and_empty_metrics_are_dropped(self):
        skips = self.compile(
            metric("cpu", "datapoint['rating']['price'] == 0"),
            metric("disk", "True"),
        )
        frame = rule_book.frame([rule_book.point(price=n) for n in (0, 1)])
        frame.add_point(make_point(), "disk")
        frame.add_point(make_point(), "made by a module")
        kept = skips.apply(frame)
        self.assertEqual(
            {
                "cpu": [rule_book.point(price=1)],
                "made by a module": [make_point()],
            },
            kept.usage,
        )
        self.assertEqual((frame.start, frame.end), (kept.start, kept.end))
        self.assertEqual(4, len(frame))

    def kept(self, expression, *prices):
        skips = self.compile(metric("cpu", expression))
        points = [rule_book.point(price=price) for price in prices]
        kept = skips.apply(rule_book.frame(points))
        return [point.price for point in kept.usage.get("cpu", [])]

    def test_points_before_are_known(self):
        price = "datapoint['rating']['price']"
        for expression, expected in (
            (f"{price} == 0 and len(excluded_datapoints) < 1", [1, 0, 2]),
            ("len(filtered_datapoints) == 2", [0, 1]),
            (
                "len(filtered_datapoints) + len(excluded_datapoints) > 1",
                [0, 1],
            ),
            ("usage_data_metric_name == 'disk'", [0, 1, 0, 2]),
            ("usage_data_metric_name == 'cpu'", []),
        ):
            self.assertEqual(expected, self.kept(expression, 0, 1, 0, 2))

    def test_the_default_knows_each_metric(self):
        skips = self.compile(
            metric("cpu"),
            metric("disk"),
            default="usage_data_metric_name == 'disk'",
        )
        frame = rule_book.frame([rule_book.point()])
        frame.add_point(make_point(), "disk")
        self.assertEqual(["cpu"], list(skips.apply(frame).usage))

    def test_nothing_left(self):
        skips = self.compile(metric("cpu", "True"))
        kept = skips.apply(rule_book.frame([rule_book.point()]))
        self.assertEqual({}, kept.usage)
