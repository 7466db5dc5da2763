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
