# SPDX-License-Identifier: Apache-2.0
"""The attributes that every point carries."""

import datetime
import decimal

from cloudkitty.collector import metrics
from cloudkitty.collector import points
from cloudkitty.common import periods
from cloudkitty.tests import base


class TestTimeAttributes(base.TestCase):
    def test_values(self):
        for text, week, day, month, year in (
            ("2026-01-01T00:00", "00", "1", "1", "2026"),
            ("2026-01-04T00:00", "01", "4", "1", "2026"),
            ("2026-11-01T23:00", "44", "305", "11", "2026"),
            ("2028-12-31T23:00", "53", "366", "12", "2028"),
        ):
            self.assertEqual(
                {
                    "week_of_the_year": week,
                    "day_of_the_year": day,
                    "month": month,
                    "year": year,
                },
                points.time_attributes(base.utc(text)),
            )


class TestBuilder(base.TestCase):
    def test_mappings_are_shared_within_a_day(self):
        begin = base.utc("2026-10-31T22:00")
        window = periods.Window(begin, begin + datetime.timedelta(hours=4))
        metric = metrics.Metric(
            key="m",
            name="m",
            alt_name="m",
            unit="u",
            groupby=("id", "project_id"),
            metadata=("flavor",),
        )
        builder = points.Builder(metric, window, 3600)
        one = decimal.Decimal(1)
        builder.add_series(
            {"project_id": "p", "other": "x"}, [(i, one) for i in range(4)]
        )
        found = [point for _, [point] in builder.result()]
        self.assertIs(found[0].groupby, found[1].groupby)
        self.assertIs(found[2].groupby, found[3].groupby)
        self.assertEqual(
            ["304", "304", "305", "305"],
            [point.groupby["day_of_the_year"] for point in found],
        )
        self.assertEqual(
            {"id", "project_id", *points.time_attributes(begin)},
            set(found[0].groupby),
        )
        self.assertEqual({"flavor": ""}, found[0].metadata)
        self.assertIs(found[0].metadata, found[3].metadata)
