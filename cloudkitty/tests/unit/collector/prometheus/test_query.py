# SPDX-License-Identifier: Apache-2.0
"""Upstream's query texts."""

from cloudkitty.collector import definitions
from cloudkitty.collector.prometheus import query
from cloudkitty.tests import base


class TestBuild(base.TestCase):
    def build(self, name="m_b", scope_id="scope-1", **keys):
        [metric] = definitions.parse(
            {"metrics": {name: {"unit": "u", **keys}}},
            "project_id",
            query.EXTRA_ARGS,
        )
        return query.build(metric, "project_id", scope_id, 3600)

    def test_defaults(self):
        self.assertEqual(
            'max(max_over_time(m_a{project_id="scope-1"}[3600s])) by '
            "(tenant_id, user, project_id, flavor)",
            self.build(
                "m_a",
                alt_name="other",
                groupby=["tenant_id", "user"],
                metadata=["flavor"],
            ),
        )

    def test_an_attribute_in_groupby_and_metadata_is_there_once(self):
        self.assertEqual(
            'max(max_over_time(m_a{project_id="scope-1"}[3600s])) by '
            "(x, project_id, y)",
            self.build(
                "m_a", groupby=["x"], metadata=["project_id", "x", "y"]
            ),
        )

    def test_all_parts(self):
        self.assertEqual(
            '10 * avg(abs(avg_over_time(m_b{project_id="scope-1"}[3600s])))'
            " by (project_id) > 0",
            self.build(
                extra_args={
                    "aggregation_method": "avg",
                    "query_function": "abs",
                    "query_prefix": "10 *",
                    "query_suffix": "> 0",
                }
            ),
        )

    def test_range_function(self):
        self.assertEqual(
            'sum(rate(m_b{project_id="scope-1"}[3600s])) by (project_id)',
            self.build(
                extra_args={
                    "aggregation_method": "sum",
                    "range_function": "rate",
                }
            ),
        )

    def test_scope_id_is_data(self):
        self.assertEqual(
            'max(max_over_time(m_b{project_id="a\\"} or up{x=\\"\\\\"}'
            "[3600s])) by (project_id)",
            self.build(scope_id='a"} or up{x="\\'),
        )


class TestSeveralScopes(base.TestCase):
    def parse(self, **extra_args):
        keys = {"unit": "u", "groupby": ["id"], "extra_args": extra_args}
        [metric] = definitions.parse(
            {"metrics": {"m": keys}}, "project_id", query.EXTRA_ARGS
        )
        return metric

    def test_only_the_matcher_differs(self):
        metric = self.parse(
            aggregation_method="sum",
            range_function="rate",
            query_function="ceil",
            query_prefix="2 *",
            query_suffix="> 0",
        )
        self.assertEqual(
            '2 * sum(ceil(rate(m{project_id=~"a|b\\\\.c"}[60s]))) by '
            "(id, project_id) > 0",
            query.build_for_any(metric, "project_id", ["a", r"b\.c"], 60),
        )

    def test_joinable(self):
        for prefix, suffix in (
            ("", ""),
            ("10 *", "> 0"),
            ("-", "% 2"),
            ("round (", ", 0.5)"),
            ("clamp_max(1e3 * ", "^ .5, 1.)"),
            ("(", ">= bool 1) + 1"),
            ("LN(", ")"),
        ):
            metric = self.parse(query_prefix=prefix, query_suffix=suffix)
            self.assertTrue(query.joinable(metric), (prefix, suffix))

    def test_not_joinable(self):
        """Another vector, an aggregation, or labels that are lost."""
        for prefix, suffix in (
            ("sum(", ")"),
            ("topk(3,", ")"),
            ("max by (project_id) (", ")"),
            ("", "or vector(0)"),
            ("", "* on (project_id) group_left () price"),
            ("", "+ m"),
            ("", "+ m5"),
            ("", "+ 5m"),
            ("", "+ é"),
            ("", "offset 5m"),
            ("", "# text"),
            ("absent(", ")"),
            ("sort(", ")"),
            ("label_replace(", ', "project_id", "x", "id", ".*")'),
            ("abs", ""),
            ("xabs(", ")"),
            ("count_values('a',", ")"),
            ("time() -", ""),
            ("m{} /", ""),
            ("", "[5m:1m]"),
        ):
            metric = self.parse(query_prefix=prefix, query_suffix=suffix)
            self.assertFalse(query.joinable(metric), (prefix, suffix))
