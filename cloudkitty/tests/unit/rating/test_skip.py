# SPDX-License-Identifier: Apache-2.0
"""Skip expressions: what they may say, what they mean, what they cost."""

import decimal

from cloudkitty import dataframe
from cloudkitty.collector import metrics
from cloudkitty.common import exceptions
from cloudkitty.rating import base as rating_base
from cloudkitty.rating import operations
from cloudkitty.rating import skip
from cloudkitty.tests import base
from cloudkitty.tests.unit.rating import rule_book

D = decimal.Decimal
OPTION = "skip_datapoints_expression"

#: Of a point of 2.5 GiB, price 0.1, groupby project_id=a and id=7, metadata
#: flavor=m1.tiny, ram=512 and image=None.
TRUE = (
    "True",
    "datapoint['vol']['qty'] == 2.5",
    "datapoint['vol']['unit'] == 'GiB'",
    "datapoint['rating']['price'] == 0.1",
    "datapoint['rating']['price'] == Decimal('0.1')",
    "datapoint['rating']['price'] <= 1e-1",
    "datapoint['vol']['qty'] > 2 and datapoint['vol']['qty'] < 3",
    "2 < datapoint['vol']['qty'] <= 2.50",
    "not 2 < datapoint['vol']['qty'] < 2.1",
    "datapoint['groupby']['project_id'] == 'a'",
    "datapoint['groupby']['project_id'] in ('a', 'b')",
    "datapoint['groupby']['project_id'] not in ['c', 1, None, -2.5, True]",
    "datapoint['vol']['qty'] in [-2.5, 2.5]",
    "datapoint['metadata']['flavor'] != 'm1.large'",
    "'tiny' in datapoint['metadata']['flavor']",
    "'flavor' in datapoint['metadata']",
    "'flavour' not in datapoint['metadata']",
    "datapoint['metadata']['image'] is None",
    "datapoint['metadata']['flavor'] is not None",
    "datapoint['metadata'].get('nothing') is None",
    "datapoint['metadata'].get('image', 'x') is None",
    "datapoint['metadata'].get('nothing', 'x') == 'x'",
    "datapoint.get('metadata').get('flavor') == 'm1.tiny'",
    "datapoint.get('vol')['qty'] == datapoint['vol'].get('qty')",
    "datapoint.get('vol', {}).get('qty') == 2.5",
    'datapoint.get("vol", {}).get("qty", 0) == 2.5',
    "datapoint.get('vol', {})['qty'] == 2.5",
    "datapoint.get('rating', {}).get('price', 0) == 0.1",
    "datapoint.get('metadata', {}).get('nothing', {}) == {}",
    "datapoint.get('groupby', {}).get('id', '') == '7'",
    "usage_data_metric_name == 'cpu'",
    "usage_data_metric_name in ('cpu', 'disk')",
    "len(excluded_datapoints) == 0 and not filtered_datapoints",
    "filtered_datapoints == []",
    "datapoint['vol']['qty'] * 2 == 5 and datapoint['vol']['qty'] - 2 == .5",
    "datapoint['vol']['qty'] % 2 == 0.5",
    "datapoint['vol']['qty'] / 5 + 1 == 1.5",
    "1 / 4 == 0.25",
    "-datapoint['vol']['qty'] == -2.5 and +3 == 3",
    "float(datapoint['metadata']['ram']) * 0.5 == 256",
    "int(datapoint['metadata']['ram']) > 511",
    "int(datapoint['vol']['qty']) == 2",
    "Decimal(datapoint['metadata']['ram']) % 500 == 12",
    "str(datapoint['vol']['qty']) == '2.5'",
    "len(datapoint['metadata']['flavor']) == 7",
    "len(datapoint['metadata']) == 3",
    "datapoint['groupby']['id'] or datapoint['groupby']['nothing']",
    "datapoint['metadata']['flavor'] == '__class__' or True",
    "  True\n",
    "(datapoint['vol']['qty'] == 2.5\n and True)",
)
FALSE = (
    "False",
    "None",
    "0",
    "''",
    "not True",
    "datapoint['vol']['qty'] == '2.5'",
    "datapoint['metadata']['ram'] == 512",
    "datapoint['metadata']['image']",
    "datapoint['metadata'].get('nothing')",
    "datapoint['metadata']['image'] and datapoint['groupby']['nothing']",
    "datapoint['vol']['qty'] is None",
    "1 < 2 < 2",
    "0.1 + 0.2 != 0.3",
    "datapoint.get('vol', {}).get('qty') == 0",
    'datapoint.get("vol", {}).get("qty", 0) == 0',
    "usage_data_metric_name != 'cpu'",
    "excluded_datapoints",
    "{}",
)
#: What they are refused for.
REFUSED = (
    ("datapoint.__class__", "the attribute '__class__'"),
    ("datapoint['vol'].__class__", "the attribute '__class__'"),
    ("datapoint['vol']['qty'].real == 1", "the attribute 'real'"),
    ("''.__class__.__mro__", "the attribute '__mro__'"),
    ("datapoint['metadata'].pop('flavor')", "the attribute 'pop'"),
    ("datapoint['metadata'].get", "the attribute 'get'"),
    ("datapoint['metadata'].get()", "the attribute 'get'"),
    ("datapoint['metadata'].get('a', 1, 2)", "the attribute 'get'"),
    ("'{0.__class__}'.format(1)", "the attribute 'format'"),
    ("'a'.get('b')", "a lookup in anything but datapoint"),
    ("lambda: True", "a lambda"),
    ("(lambda: True)()", "a call to anything but a function's name"),
    ("[x for x in (1, 2)]", "a comprehension"),
    ("{x for x in (1, 2)}", "a comprehension"),
    ("{x: x for x in (1, 2)}", "a comprehension"),
    ("len(x for x in (1, 2))", "a generator"),
    ("(x := 1) == 1", "an assignment"),
    ("f'{datapoint}'", "an f-string"),
    ("1 if True else 2", "a conditional"),
    ("{'a': 1}", "a dict that is not empty"),
    ("{**{}}", "a dict that is not empty"),
    ("datapoint.get('vol', {'qty': 1})", "a dict that is not empty"),
    ("datapoint.get('volume', {})", "the key 'volume' of datapoint"),
    ("excluded_datapoints[0]", "a key that is not a text constant"),
    ("excluded_datapoints['vol']", "a lookup in anything but datapoint"),
    ("filtered_datapoints.append(1)", "the attribute 'append'"),
    ("{1, 2}", "a set"),
    ("datapoint", "datapoint without a key"),
    ("len(datapoint) == 4", "datapoint without a key"),
    ("qty > 1", "the name 'qty'"),
    ("__builtins__", "the name '__builtins__'"),
    ("open('/etc/passwd')", "a call to 'open'"),
    ("__import__('os')", "a call to '__import__'"),
    ("eval('1')", "a call to 'eval'"),
    ("getattr(datapoint, 'x')", "a call to 'getattr'"),
    ("str()", "a call to 'str' without exactly one argument"),
    ("int('7', 8)", "a call to 'int' without exactly one argument"),
    ("str(object='x')", "a call with keywords"),
    ("str(**{'object': 'x'})", "a call with keywords"),
    ("str(*('x',))", "an asterisk"),
    ("datapoint['vol']['qty'] ** 9", "the operator Pow"),
    ("1 << 9", "the operator LShift"),
    ("7 // 2", "the operator FloorDiv"),
    ("1 | 2", "the operator BitOr"),
    ("~1", "the operator ~"),
    ("'a' is 'a'", "'is' with anything but None"),
    ("datapoint['nothing']", "the key 'nothing' of datapoint"),
    ("datapoint['__class__']", "the key '__class__' of datapoint"),
    ("datapoint['vol']['price']", "the key 'price' of 'vol'"),
    ("datapoint['rating']['__class__']", "the key '__class__' of 'rating'"),
    ("datapoint[0]", "a key that is not a text constant"),
    ("datapoint['metadata'][0]", "a key that is not a text constant"),
    ("datapoint['metadata'][str(1)]", "a key that is not a text constant"),
    ("datapoint['metadata']['a':'b']", "a key that is not a text constant"),
    (
        "datapoint['metadata']['a']['b']",
        "a lookup in anything but datapoint",
    ),
    ("(1, 2)['a']", "a lookup in anything but datapoint"),
    ("[datapoint['vol']['qty']]", "a list item that is not a constant"),
    ("[[1]]", "a list item that is not a constant"),
    ("[-'a']", "a list item that is not a constant"),
    ("b'a' == 'a'", "a bytes constant"),
    ("1j", "a complex constant"),
    ("...", "a ellipsis constant"),
    ("1e9999999999999999999999", "a number this large"),
    ("", "not a Python expression"),
    ("   ", "not a Python expression"),
    ("x = 1", "not a Python expression"),
    ("import os", "not a Python expression"),
    ("True; False", "not a Python expression"),
    ("True)", "not a Python expression"),
    ("a\0b", "not a Python expression"),
    ("\ud800", "not a Python expression"),
    ("(" * 10**5 + "1" + ")" * 10**5, "more than 1000 characters"),
    ("-" * 10**5 + "1", "more than 1000 characters"),
    ("-" * 999 + "1", "deeper than 50 levels"),
    ("not " * 240 + "1", "deeper than 50 levels"),
    ("1" + "+1" * 400, "deeper than 50 levels"),
    ("[" + "-" * 900 + "1]", "a list item that is not a constant"),
    ("(" * 490 + "1" + ")" * 490, ""),
    ("datapoint" + ".get('vol')" * 90, ""),
    ("await x", ""),
    ("(yield)", "yield"),
)
#: Right in themselves, and yet not for that point.
FAILING = (
    "datapoint['metadata']['nothing'] == 'x'",
    "datapoint['metadata']['ram'] > 4",
    "datapoint['metadata']['flavor'] + 1 == 2",
    "datapoint['metadata']['flavor'] * 1000000000 == 'x'",
    "1 / (datapoint['vol']['qty'] - 2.5) == 1",
    "1 % 0 == 1",
    "float(datapoint['metadata']['flavor']) > 1",
    "int(datapoint['metadata']['flavor']) > 1",
    "int(datapoint['metadata']['image']) > 1",
    "int(Decimal('1e999999')) > 1",
    "int(Decimal('inf')) > 1",
    "Decimal('1e999999') * Decimal('1e999999') > 1",
    "float('nan') > 1",
    "len(1) == 1",
    "1 in 2",
    "-datapoint['metadata']['flavor'] == 1",
)


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
        for expression in TRUE:
            with self.subTest(expression):
                self.assertIs(True, self.skipped(expression))

    def test_false(self):
        for expression in FALSE:
            with self.subTest(expression):
                self.assertIs(False, self.skipped(expression))

    def test_refused(self):
        for expression, what in REFUSED:
            with self.subTest(expression[:60]):
                error = self.assertRaises(
                    exceptions.InvalidConfiguration,
                    self.compile,
                    metric("cpu", expression),
                )
                self.assertIn(f"metric cpu: {OPTION}: ", str(error))
                self.assertIn(what, str(error))
                self.assertLess(len(str(error)), 450)

    def test_a_refusal_says_where_and_what_is_allowed(self):
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
        for expression in FAILING:
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
