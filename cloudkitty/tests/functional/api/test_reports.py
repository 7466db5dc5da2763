# SPDX-License-Identifier: Apache-2.0
"""Rated data in version 1, and the users who may read it."""

import decimal

import webtest

from cloudkitty import dataframe
from cloudkitty.api import errors
from cloudkitty.api.v1.report import types
from cloudkitty.common import periods
from cloudkitty.storage import pages
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api import data

FRAMES = "/v1/storage/dataframes"
TOTAL = "/v1/report/total"
SUMMARY = "/v1/report/summary"
TENANTS = "/v1/report/tenants"
LIMITED = (FRAMES, TOTAL, SUMMARY)
ADMIN = api.persona("admin", "reader")
READER = api.persona("reader", project="project-2")
NOBODY = api.persona("reader", project=None)
MONTH = {"begin": "2026-11-01T00:00:00", "end": "2026-12-01T00:00:00"}


def summary(rate, tenant_id="ALL", res_type="ALL", **window):
    """Return an item of a summary."""
    return {
        **MONTH,
        "tenant_id": tenant_id,
        "res_type": res_type,
        "rate": rate,
        **window,
    }


class ReportCase(base.TestCase):
    auth_strategy = "keystone"

    def setUp(self):
        super().setUp()
        self.services = api.make_services(
            self, self.make_conf(default={"auth_strategy": self.auth_strategy})
        )
        data.fill(self.services)
        self.app = webtest.TestApp(api.wsgi_of(self.services))

    def get(self, path, headers=ADMIN, status=200):
        return self.app.get(path, headers=headers, status=status).json

    def refuse(self, code, path, headers=ADMIN, status=400):
        got = self.get(path, headers, status)
        self.assertEqual(code, got["errors"][0]["code"], path)
        return got["message"]

    def store(self, scope, points, metric="cpu", key="project_id"):
        """Store points of the first hour of December."""
        at = base.utc("2026-12-01T00:00")
        frame = dataframe.DataFrame(at, at + data.HOUR, {metric: points})
        self.services.storage.replace(
            new_scopes.make(scope, scope_key=key),
            periods.Window(frame.start, frame.end),
            [frame],
        )


def point(price, **groupby):
    return dataframe.DataPoint(
        "u", decimal.Decimal(1), decimal.Decimal(price), groupby, {}
    )


class TestTotal(ReportCase):
    def test_an_administrator_s_own_project(self):
        self.assertEqual("7.8", self.get(TOTAL))

    def test_another_one(self):
        self.assertEqual("1.8", self.get(f"{TOTAL}?tenant_id=project-2"))
        self.assertEqual("0", self.get(f"{TOTAL}?tenant_id=nobody"))

    def test_all_of_them(self):
        self.assertEqual("9.6", self.get(f"{TOTAL}?all_tenants=True"))
        self.assertEqual("7.8", self.get(f"{TOTAL}?all_tenants=false"))

    def test_one_metric(self):
        self.assertEqual("0.3", self.get(f"{TOTAL}?service=volume"))

    def test_a_window(self):
        for query, total in (
            ("begin=2026-11-01T01:00:00&end=2026-11-01T02:00:00", "2.6"),
            ("begin=2026-11-01T02:00:00", "2.6"),
            ("end=2026-11-01T03:00:00%2B02:00", "2.6"),
            ("begin=2020-01-01&end=2020-02-01", "0"),
        ):
            self.assertEqual(total, self.get(f"{TOTAL}?{query}"), query)

    def test_digits_are_complete(self):
        self.store("project-1", [point("0.1234567890123456789012345678")])
        self.assertEqual(
            "0.1234567890123456789012345678",
            self.get(f"{TOTAL}?begin=2026-12-01&end=2027-01-01"),
        )


class TestSummary(ReportCase):
    def check(self, query, *items, headers=ADMIN):
        got = self.get(f"{SUMMARY}?{query}", headers)
        self.assertEqual({"summary": list(items)}, got)

    def test_in_one_sum(self):
        self.check("", summary("7.8"))

    def test_by_project(self):
        self.check(
            "groupby=tenant_id&all_tenants=1",
            summary("7.8", "project-1"),
            summary("1.8", "project-2"),
        )

    def test_by_metric(self):
        self.check(
            "groupby=res_type",
            summary("7.5", res_type="instance"),
            summary("0.3", res_type="volume"),
        )

    def test_by_both_in_every_encoding(self):
        both = [
            summary("7.5", "project-1", "instance"),
            summary("0.3", "project-1", "volume"),
        ]
        self.check("groupby=tenant_id,res_type", *both)
        self.check("groupby=res_type&groupby=tenant_id", *both)

    def test_nothing(self):
        self.check("tenant_id=nobody")
        self.check("tenant_id=nobody&groupby=res_type")

    def test_one_metric_in_a_window(self):
        self.check(
            "service=volume&begin=2026-11-01T01:00:00&end=2026-11-02",
            summary(
                "0.2", begin="2026-11-01T01:00:00", end="2026-11-02T00:00:00"
            ),
        )

    def test_an_unknown_group_is_refused(self):
        for name in ("project_id", "tenant_id,x", "tenant_id-res_type", ""):
            self.refuse(errors.ARGUMENT_INVALID, f"{SUMMARY}?groupby={name}")

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


class TestTenants(ReportCase):
    def test_all_that_are_known(self):
        self.assertEqual(["project-1", "project-2"], self.get(TENANTS))

    def test_those_of_a_window(self):
        self.store("project-9", [point(1, project_id="project-9")])
        self.store("region-1", [point(1)], key="region")
        window = "begin=2026-12-01&end=2027-01-01"
        self.assertEqual(["project-9"], self.get(f"{TENANTS}?{window}"))
        self.assertEqual(
            ["project-1", "project-2"], self.get(f"{TENANTS}?begin=2026-11-01")
        )
        self.assertEqual(
            [], self.get(f"{TENANTS}?end=2026-11-02&begin=2026-11-01T05:00")
        )

    def test_only_for_administrators(self):
        self.get(TENANTS, READER, 403)


class TestFrames(ReportCase):
    def frames(self, query="", headers=ADMIN):
        return self.get(f"{FRAMES}?{query}", headers)["dataframes"]

    def test_one_of_each_period_metric_and_project(self):
        found = self.frames()
        self.assertEqual(12, len(found))
        self.assertEqual(
            {("project-1", 9), ("project-2", 6)},
            {
                (
                    name,
                    sum(
                        len(item["resources"])
                        for item in found
                        if item["tenant_id"] == name
                    ),
                )
                for name in data.PROJECTS
            },
        )
        self.assertEqual(
            sorted(item["begin"] for item in found),
            [item["begin"] for item in found],
        )

    def test_one_in_full(self):
        [got] = self.frames(
            "tenant_id=project-2&resource_type=volume&end=2026-11-01T01:00:00"
        )
        self.assertEqual(
            {
                "begin": "2026-11-01T00:00:00",
                "end": "2026-11-01T01:00:00",
                "tenant_id": "project-2",
                "resources": [
                    {
                        "service": "volume",
                        "desc": {
                            "project_id": "project-2",
                            "year": "2026",
                            "month": "11",
                            "day_of_the_year": "305",
                            "week_of_the_year": "44",
                        },
                        "volume": "10",
                        "rating": "0.1",
                    }
                ],
            },
            got,
        )

    def test_metadata_are_under_the_grouping_attributes(self):
        self.store(
            "project-1",
            [
                dataframe.DataPoint(
                    "u",
                    decimal.Decimal(1),
                    decimal.Decimal(0),
                    {"a": "grouping"},
                    {"a": "metadata", "b": "metadata"},
                )
            ],
        )
        [got] = self.frames("begin=2026-12-01&end=2027-01-01")
        self.assertEqual("__UNDEF__", got["tenant_id"])
        [item] = got["resources"]
        self.assertEqual({"a": "grouping", "b": "metadata"}, item["desc"])
        self.assertEqual(("1", "0"), (item["volume"], item["rating"]))

    def test_version_1_has_no_pages(self):
        points = [point("0.5", n=str(n)) for n in range(1500)]
        self.store("project-1", points)
        window = "begin=2026-12-01&end=2027-01-01"
        [got] = self.frames(window)
        self.assertEqual(1500, len(got["resources"]))
        self.assertEqual("750", self.get(f"{TOTAL}?{window}"))
        self.assertLess(self.services.conf.api.max_limit, 1500)

    def test_smaller_pages_of_the_storage_give_the_same(self):
        whole = self.frames()
        real = pages.frames
        for page in (1, 4, 7):
            self.addCleanup(setattr, pages, "frames", real)
            pages.frames = lambda storage, query, page=page: real(
                storage, query, page
            )
            self.assertEqual(whole, self.frames())


class TestAccess(ReportCase):
    def test_a_reader_has_the_own_project(self):
        self.assertEqual("1.8", self.get(TOTAL, READER))
        self.assertEqual(
            [summary("1.8", "project-2")],
            self.get(f"{SUMMARY}?groupby=tenant_id", READER)["summary"],
        )
        self.assertEqual(
            {"project-2"},
            {
                item["tenant_id"]
                for item in self.get(FRAMES, READER)["dataframes"]
            },
        )
        for path in LIMITED:
            self.assertEqual(
                self.get(path, READER),
                self.get(f"{path}?tenant_id=project-2", READER),
            )

    def test_another_project_is_refused_existing_or_not(self):
        for path in LIMITED:
            said = {
                self.refuse(
                    errors.SCOPE_FOREIGN,
                    f"{path}?tenant_id={name}",
                    READER,
                    403,
                ).replace(name, "")
                for name in ("project-1", "project-9")
            }
            self.assertEqual(1, len(said))

    def test_all_projects_are_refused(self):
        for path in (TOTAL, SUMMARY):
            for headers in (READER, NOBODY):
                self.refuse(
                    errors.SCOPE_FOREIGN,
                    f"{path}?all_tenants=true",
                    headers,
                    403,
                )
            self.get(f"{path}?all_tenants=false", READER)

    def test_users_without_a_project_get_no_data(self):
        self.assertEqual("0", self.get(TOTAL, NOBODY))
        self.assertEqual({"summary": []}, self.get(SUMMARY, NOBODY))
        self.assertEqual({"dataframes": []}, self.get(FRAMES, NOBODY))

    def test_a_plain_member_is_refused(self):
        for path in LIMITED:
            self.refuse(
                errors.POLICY_REFUSED, path, api.persona("service"), 403
            )


class TestValues(ReportCase):
    def test_contradictory_arguments(self):
        for path in (TOTAL, SUMMARY):
            self.refuse(
                errors.ARGUMENT_INVALID,
                f"{path}?tenant_id=project-1&all_tenants=1",
            )

    def test_an_end_or_a_begin_alone_of_another_month(self):
        for path in (*LIMITED, TENANTS, "/v2/summary", "/v2/dataframes"):
            for query, advice in (
                ("end=2026-10-31", "send begin too"),
                ("end=2026-11-01", "send begin too"),
                ("begin=2026-12-01", "send end too"),
                ("begin=2026-11-02&end=2026-11-02", "send a later end"),
            ):
                answer = self.app.get(
                    f"{path}?{query}", headers=ADMIN, status=400
                )
                [error] = answer.json["errors"]
                self.assertEqual(errors.WINDOW_EMPTY, error["code"])
                self.assertIn(advice, error["detail"])

    def test_windows(self):
        for path in (*LIMITED, TENANTS):
            for begin in ("2027-01-01", "2026-12-01"):
                self.refuse(
                    errors.WINDOW_EMPTY,
                    f"{path}?begin={begin}&end=2026-12-01",
                )
            self.refuse(errors.TIME_INVALID, f"{path}?begin=01/11/2026")

    def test_values(self):
        for query in ("tenant_id=", "tenant_id=%00", f"tenant_id={'x' * 300}"):
            for path in LIMITED:
                self.refuse(errors.ARGUMENT_INVALID, f"{path}?{query}")
        for path in (TOTAL, SUMMARY):
            self.refuse(errors.ARGUMENT_INVALID, f"{path}?service=")
            self.refuse(errors.ARGUMENT_INVALID, f"{path}?all_tenants=x")
            self.refuse(errors.ARGUMENT_UNKNOWN, f"{path}?resource_type=x")
        self.refuse(errors.ARGUMENT_UNKNOWN, f"{FRAMES}?all_tenants=1")
        self.refuse(errors.ARGUMENT_UNKNOWN, f"{TENANTS}?tenant_id=x")


class TestAdded(ReportCase):
    def test_a_project_with_added_points_only_is_a_tenant(self):
        self.store("added", [point("1", project_id="added")])
        self.assertEqual(
            ["project-1", "project-2", "added"], self.get(TENANTS)
        )
        self.assertEqual(
            ["added"],
            self.get(f"{TENANTS}?begin=2026-12-01&end=2027-01-01"),
        )


class TestNoAuth(ReportCase):
    auth_strategy = "noauth"

    def test_all_projects_are_visible(self):
        self.assertEqual("9.6", self.get(TOTAL, {}))
        self.assertEqual([summary("9.6")], self.get(SUMMARY, {})["summary"])
        self.assertEqual(12, len(self.get(FRAMES, {})["dataframes"]))
        self.get(TENANTS, {})
