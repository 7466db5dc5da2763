# SPDX-License-Identifier: Apache-2.0
"""Accepted and refused metric definitions."""

import datetime
import decimal
import pathlib

from cloudkitty.collector import definitions
from cloudkitty.collector import points
from cloudkitty.collector.prometheus import query
from cloudkitty.common import attribute_names
from cloudkitty.common import exceptions
from cloudkitty.tests import base

SAMPLE = (
    pathlib.Path(__file__).parents[4] / "etc/cloudkitty/metrics.prometheus.yml"
)


def parse(content, scope_key="project_id"):
    return definitions.parse(content, scope_key, query.EXTRA_ARGS)


def parse_one(**keys):
    [metric] = parse({"metrics": {"m": {"unit": "u", **keys}}})
    return metric


class TestAccepted(base.TestCase):
    def test_defaults(self):
        metric = parse_one()
        self.assertEqual(
            ("m", "m", "m", "u", None),
            (
                metric.key,
                metric.name,
                metric.alt_name,
                metric.unit,
                metric.description,
            ),
        )
        self.assertEqual(("project_id",), metric.groupby)
        self.assertEqual((), metric.metadata)
        self.assertEqual((1, 0), (metric.factor, metric.offset))
        self.assertEqual("NONE", metric.mutate)
        self.assertIsNone(metric.skip_expression)
        self.assertEqual(
            {
                "aggregation_method": "max",
                "query_function": None,
                "range_function": None,
                "query_prefix": "",
                "query_suffix": "",
            },
            metric.extra_args,
        )

    def test_alt_name_makes_the_key(self):
        metric = parse_one(alt_name="other")
        self.assertEqual(
            ("m@#other", "m", "other"),
            (metric.key, metric.name, metric.alt_name),
        )

    def test_sorted_by_key(self):
        found = parse(
            {
                "metrics": {
                    "z": {"unit": "u"},
                    "a": [
                        {"unit": "u", "alt_name": "y"},
                        {"unit": "u"},
                        {"unit": "u", "alt_name": "b"},
                    ],
                }
            }
        )
        self.assertEqual(
            ["a", "a@#b", "a@#y", "z"], [metric.key for metric in found]
        )

    def test_scope_key_goes_last_if_missing(self):
        self.assertEqual(
            ("id", "project_id"), parse_one(groupby=["id"]).groupby
        )
        self.assertEqual(
            ("project_id", "id"),
            parse_one(groupby=["project_id", "id"]).groupby,
        )

    def test_numbers(self):
        for value, expected in (
            (3, decimal.Decimal(3)),
            (0.1, decimal.Decimal(0.1)),
            ("0.1", decimal.Decimal(0.1)),
            ("1/3", decimal.Decimal(1 / 3)),
            ("-1/4", decimal.Decimal("-0.25")),
            ("3600/1000000", decimal.Decimal(0.0036)),
            ("1e3", decimal.Decimal(1000)),
            (0, decimal.Decimal(0)),
        ):
            metric = parse_one(factor=value, offset=value)
            self.assertEqual(
                (expected, expected), (metric.factor, metric.offset), value
            )

    def test_map(self):
        metric = parse_one(mutate="MAP", mutate_map={1: 2, 2.5: 0.1})
        self.assertEqual(
            {
                decimal.Decimal(1): decimal.Decimal(2),
                decimal.Decimal("2.5"): decimal.Decimal("0.1"),
            },
            metric.mutate_map,
        )

    def test_attribute_in_groupby_and_metadata(self):
        for keys, name in (
            ({"groupby": ["a", "x"], "metadata": ["b", "x"]}, "x"),
            ({"metadata": ["project_id"]}, "project_id"),
        ):
            metric = parse_one(**keys)
            self.assertIn(name, metric.groupby)
            self.assertIn(name, metric.metadata)
            self.assertEqual(1, metric.attributes.count(name))
            [warning] = metric.warnings
            self.assertIn(
                f"metric m: metadata: {name}: it is also in groupby", warning
            )

    def test_map_without_a_map_makes_zeros(self):
        for keys in ({}, {"mutate_map": {}}):
            metric = parse_one(mutate="MAP", **keys)
            self.assertEqual("MAP", metric.mutate)
            self.assertEqual({}, metric.mutate_map)
            [warning] = metric.warnings
            self.assertIn("every quantity becomes 0", warning)

    def test_leftover_map(self):
        for keys in ({}, {"mutate": "NUMBOOL"}):
            metric = parse_one(mutate_map={1: 2}, **keys)
            self.assertEqual({}, metric.mutate_map)
            [warning] = metric.warnings
            self.assertIn("mutate_map: not used", warning)

    def test_names_that_a_summary_cannot_group_by(self):
        for name, why in (
            ("begin", "column"),
            ("end", "column"),
            ("qty", "column"),
            ("rate", "column"),
            ("type", "always means the metric"),
            ("time", "length of time"),
            ("time-d", "length of time"),
            ("time-x", "length of time"),
        ):
            for key in ("groupby", "metadata"):
                metric = parse_one(**{key: [name]})
                self.assertIn(name, getattr(metric, key))
                [warning] = metric.warnings
                self.assertIn(f"metric m: {key}: {name}: ", warning)
                self.assertIn(why, warning)
                self.assertIn("relabel it", warning)

    def test_other_names_are_silent(self):
        names = ["id", "time-of-day", "beginning", "Month", "price"]
        metric = parse_one(groupby=names, metadata=["flavor"])
        self.assertEqual((), metric.warnings)

    def test_shipped_sample(self):
        found = definitions.load(str(SAMPLE), "project_id", query.EXTRA_ARGS)
        self.assertEqual(
            [("instance_up", "instance"), ("volume_size_gb", "volume.size")],
            [(metric.name, metric.alt_name) for metric in found],
        )


class TestRefused(base.TestCase):
    def refuse(self, content, *words):
        err = self.assertRaises(
            exceptions.InvalidConfiguration, parse, content
        )
        for word in words:
            self.assertIn(word, str(err))

    def refuse_one(self, *words, **keys):
        content = {"metrics": {"m_x": {"unit": "u", **keys}}}
        self.refuse(content, "m_x", *words)

    def test_frame(self):
        for content in (
            None,
            [],
            "text",
            {},
            {"metrics": {}},
            {"metrics": None},
            {"metrics": []},
            {"metrics": {"m": {"unit": "u"}}, "more": 1},
        ):
            self.refuse(content, "metrics")

    def test_definition(self):
        for body in (None, "text", 5, [], ["text"], [None]):
            self.refuse({"metrics": {"m_x": body}}, "m_x")
        self.refuse({"metrics": {5: {"unit": "u"}}}, "5")

    def test_unit(self):
        self.refuse({"metrics": {"m_x": {}}}, "m_x", "unit", "missing")

    def test_texts(self):
        for key in (
            "unit",
            "description",
            "alt_name",
            "skip_datapoints_expression",
        ):
            for value in ("", 5, None, ["x"]):
                self.refuse_one(key, "text", **{key: value})

    def test_unknown_key(self):
        self.refuse_one("factr", "factor", factr=2)

    def test_lists(self):
        for key in ("groupby", "metadata"):
            for value in ("text", {"a": 1}, [5], [""], None):
                self.refuse_one(key, "list", **{key: value})

    def test_labels_that_would_be_lost(self):
        for name in ("day_of_the_year", "week_of_the_year", "month", "year"):
            for key in ("groupby", "metadata"):
                self.refuse_one(
                    f"{key}: {name}: ",
                    "would be lost: relabel it",
                    **{key: ["a", name]},
                )

    def test_a_scope_key_that_means_something_else(self):
        for name in ("month", "year", "type", "time", "time-d", "rate", "end"):
            err = self.assertRaises(
                exceptions.InvalidConfiguration,
                parse,
                {"metrics": {"m": {"unit": "u"}}},
                name,
            )
            self.assertIn(f"[collect] scope_key = {name}: ", str(err))

    def test_calendar_names_are_those_of_every_point(self):
        begin = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
        self.assertEqual(
            set(attribute_names.CALENDAR), set(points.time_attributes(begin))
        )

    def test_numbers(self):
        for key in ("factor", "offset"):
            for value in (
                "",
                "x",
                "1/0",
                "1/2/3",
                "1e9999999",
                "9" * 200,
                "nan",
                "inf",
                True,
                None,
                [1],
                float("nan"),
                float("inf"),
            ):
                self.refuse_one(key, "1/1048576", **{key: value})

    def test_mutate(self):
        for value in ("numbool", None, 5, ["NONE"]):
            self.refuse_one("mutate", "NOTNUMBOOL", mutate=value)

    def test_map(self):
        self.refuse_one("mutate_map", mutate_map=[1])
        for value in (None, [1], {"a": 1}, {1: "a"}, {True: 1}, {1: None}):
            self.refuse_one("mutate_map", mutate="MAP", mutate_map=value)

    def test_extra_args(self):
        self.refuse_one("extra_args", extra_args=["x"])
        self.refuse_one(
            "extra_args: resource_type",
            "aggregation_method",
            extra_args={"resource_type": "instance"},
        )
        self.refuse_one(
            "aggregation_method",
            "stdvar",
            extra_args={"aggregation_method": "mean"},
        )
        self.refuse_one("query_prefix", extra_args={"query_prefix": 5})

    def test_alt_names_of_a_list(self):
        one, other = {"unit": "u"}, {"unit": "u", "alt_name": "x"}
        self.refuse({"metrics": {"m_x": [one, one]}}, "m_x", "alt_name")
        self.refuse({"metrics": {"m_x": [other, other]}}, "m_x", "alt_name")
        named = {"unit": "u", "alt_name": "m_x"}
        self.refuse({"metrics": {"m_x": [one, named]}}, "m_x", "alt_name")
