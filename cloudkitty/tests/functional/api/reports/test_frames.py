# SPDX-License-Identifier: Apache-2.0
"""``GET /v1/storage/dataframes``."""

import decimal

from cloudkitty import dataframe
from cloudkitty.storage import pages
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.functional.api.reports import case


class TestFrames(case.ReportCase):
    def frames(self, query="", headers=case.ADMIN):
        return self.get(f"{case.FRAMES}?{query}", headers)["dataframes"]

    def test_one_frame_for_each_period_metric_and_project(self):
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

    def test_content(self):
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

    def test_groupby_attributes_take_precedence(self):
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

    def test_list_has_no_pages(self):
        points = [case.point("0.5", n=str(n)) for n in range(1500)]
        self.store("project-1", points)
        window = "begin=2026-12-01&end=2027-01-01"
        [got] = self.frames(window)
        self.assertEqual(1500, len(got["resources"]))
        self.assertEqual("750", self.get(f"{case.TOTAL}?{window}"))
        self.assertLess(self.services.conf.api.max_limit, 1500)

    def test_page_size_of_the_storage(self):
        whole = self.frames()
        real = pages.frames
        for page in (1, 4, 7):
            self.addCleanup(setattr, pages, "frames", real)
            pages.frames = lambda storage, query, page=page: real(
                storage, query, page
            )
            self.assertEqual(whole, self.frames())
