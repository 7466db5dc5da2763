# SPDX-License-Identifier: Apache-2.0
"""Totals, summaries and tenants."""

import decimal

from cloudkitty.api import error_codes
from cloudkitty.api.v1.report import types
from cloudkitty.tests.functional.api.reports import case


class TestTotal(case.ReportCase):
    def test_own_project(self):
        self.assertEqual("7.8", self.get(case.TOTAL))

    def test_other_project(self):
        self.assertEqual("1.8", self.get(f"{case.TOTAL}?tenant_id=project-2"))
        self.assertEqual("0", self.get(f"{case.TOTAL}?tenant_id=nobody"))

    def test_all_projects(self):
        self.assertEqual("9.6", self.get(f"{case.TOTAL}?all_tenants=True"))
        self.assertEqual("7.8", self.get(f"{case.TOTAL}?all_tenants=false"))

    def test_one_metric(self):
        self.assertEqual("0.3", self.get(f"{case.TOTAL}?service=volume"))

    def test_window(self):
        for query, total in (
            ("begin=2026-11-01T01:00:00&end=2026-11-01T02:00:00", "2.6"),
            ("begin=2026-11-01T02:00:00", "2.6"),
            ("end=2026-11-01T03:00:00%2B02:00", "2.6"),
            ("begin=2020-01-01&end=2020-02-01", "0"),
        ):
            self.assertEqual(total, self.get(f"{case.TOTAL}?{query}"), query)

    def test_digits_are_preserved(self):
        self.store("project-1", [case.point("0.1234567890123456789012345678")])
        self.assertEqual(
            "0.1234567890123456789012345678",
            self.get(f"{case.TOTAL}?begin=2026-12-01&end=2027-01-01"),
        )


class TestSummary(case.ReportCase):
    def check(self, query, *items, headers=case.ADMIN):
        got = self.get(f"{case.SUMMARY}?{query}", headers)
        self.assertEqual({"summary": list(items)}, got)

    def test_one_sum(self):
        self.check("", case.summary("7.8"))

    def test_by_project(self):
        self.check(
            "groupby=tenant_id&all_tenants=1",
            case.summary("7.8", "project-1"),
            case.summary("1.8", "project-2"),
        )

    def test_by_metric(self):
        self.check(
            "groupby=res_type",
            case.summary("7.5", res_type="instance"),
            case.summary("0.3", res_type="volume"),
        )

    def test_by_project_and_metric(self):
        both = [
            case.summary("7.5", "project-1", "instance"),
            case.summary("0.3", "project-1", "volume"),
        ]
        self.check("groupby=tenant_id,res_type", *both)
        self.check("groupby=res_type&groupby=tenant_id", *both)

    def test_no_data(self):
        self.check("tenant_id=nobody")
        self.check("tenant_id=nobody&groupby=res_type")

    def test_one_metric_in_a_window(self):
        self.check(
            "service=volume&begin=2026-11-01T01:00:00&end=2026-11-02",
            case.summary(
                "0.2", begin="2026-11-01T01:00:00", end="2026-11-02T00:00:00"
            ),
        )

    def test_unknown_groupby(self):
        for name in ("project_id", "tenant_id,x", "tenant_id-res_type", ""):
            self.refuse(
                error_codes.ARGUMENT_INVALID, f"{case.SUMMARY}?groupby={name}"
            )

    def test_rounded(self):
        for rate, text in (
            ("0", "0"),
            ("0.373456", "0.37346"),
            ("0.5", "0.5"),
            ("33", "33"),
            ("-2.50", "-2.5"),
            ("0.000001", "0"),
            ("12345678901234567890.123456", "12345678901234567890.12346"),
        ):
            self.assertEqual(text, types.rounded(decimal.Decimal(rate)))


class TestTenants(case.ReportCase):
    def test_all(self):
        self.assertEqual(["project-1", "project-2"], self.get(case.TENANTS))

    def test_window(self):
        self.store("project-9", [case.point(1, project_id="project-9")])
        self.store("region-1", [case.point(1)], key="region")
        window = "begin=2026-12-01&end=2027-01-01"
        self.assertEqual(["project-9"], self.get(f"{case.TENANTS}?{window}"))
        self.assertEqual(
            ["project-1", "project-2"],
            self.get(f"{case.TENANTS}?begin=2026-11-01"),
        )
        self.assertEqual(
            [],
            self.get(f"{case.TENANTS}?end=2026-11-02&begin=2026-11-01T05:00"),
        )

    def test_only_for_administrators(self):
        self.get(case.TENANTS, case.READER, 403)


class TestAdded(case.ReportCase):
    def test_project_with_added_points_only(self):
        self.store("added", [case.point("1", project_id="added")])
        self.assertEqual(
            ["project-1", "project-2", "added"], self.get(case.TENANTS)
        )
        self.assertEqual(
            ["added"],
            self.get(f"{case.TENANTS}?begin=2026-12-01&end=2027-01-01"),
        )
