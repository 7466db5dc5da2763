# SPDX-License-Identifier: Apache-2.0
"""What every collector promises; run it over each driver.

A driver's test derives from ``CollectorContract`` and a test case class and
says in ``make_collector`` how to fill its backend.
"""

import concurrent.futures
import datetime
import decimal

from cloudkitty.collector import base
from cloudkitty.collector import definitions
from cloudkitty.collector import metrics
from cloudkitty.collector.prometheus import query
from cloudkitty.common import periods
from cloudkitty.tests import prometheus

PERIOD = 3600
BEGIN = datetime.datetime(2026, 10, 31, 20, tzinfo=datetime.UTC)
WINDOW = periods.Window(BEGIN, BEGIN + datetime.timedelta(hours=8))
DEFINITIONS = {
    "metrics": {
        "instance_up": {
            "unit": "instance",
            "alt_name": "instance",
            "description": "Instance",
            "groupby": ["id"],
            "metadata": ["flavor"],
            "factor": 2,
        },
        "absent": {"unit": "GiB"},
    }
}
#: Scope ids that break a query which interpolates them unescaped.
HOSTILE = [
    'a"} or up{x="',
    '"} or instance_up{project_id!="',
    ".*",
    ".+|x",
    "back\\slash",
    "ends with\\",
    '\\"',
    "two\nlines",
    "{}[3600s]",
    "$__range # no comment",
    "a,b=c",
    "100% /../",
    "ünïcödé ☃ 𝄞",
    "' or 1=1 --",
    " blank ",
    "tab\there",
]


def parse_definitions() -> list[metrics.Metric]:
    """Return the definitions of this suite."""
    return definitions.parse(DEFINITIONS, "project_id", query.EXTRA_ARGS)


def of_scope(collector, metric, scope_id, window):
    """Yield (period, points) of one scope; raise its error."""
    for item in collector.collect(metric, [scope_id], window):
        if item.scope_id != scope_id:
            raise AssertionError(f"points of another scope: {item.scope_id}")
        if item.error is not None:
            raise item.error
        yield item.period, item.points


class CollectorContract:
    """The promises; ``self.collector`` has one sample in each period."""

    def make_collector(
        self, all_series: list[prometheus.Series]
    ) -> base.Collector:
        """Return a collector of ``parse_definitions()`` over the series.

        Every sample lies in the middle of a period.
        """
        raise NotImplementedError

    #: Those that the backend can hold.
    hostile = HOSTILE

    def identifier(self, name: str) -> str:
        """Return how the backend shows the id ``name`` of a series."""
        return name

    def setUp(self):
        super().setUp()
        self.collector = self.make_collector(list(all_series()))
        self.metric = next(
            metric
            for metric in self.collector.definitions
            if metric.alt_name == "instance"
        )

    def collect(self, scope_id, window=WINDOW, metric=None):
        """Return (period, points) of one scope; raise its error."""
        return list(
            of_scope(self.collector, metric or self.metric, scope_id, window)
        )

    def test_a_set_of_scopes_gives_what_each_gives_alone(self):
        scopes = ["gaps", "nobody", "plain", *self.hostile]
        found = {scope_id: [] for scope_id in scopes}
        for item in self.collector.collect(self.metric, scopes, WINDOW):
            self.assertIsNone(item.error)
            found[item.scope_id].append((item.period, item.points))
        self.assertEqual({each: self.collect(each) for each in scopes}, found)

    def test_every_scope_and_period_of_a_large_set_occurs_once(self):
        scopes = [f"{number:032x}" for number in range(600)]
        scopes[100:100] = ["gaps", *self.hostile[:3]]
        scopes[550:550] = ["plain", *self.hostile[3:]]
        found = {}
        for item in self.collector.collect(self.metric, scopes, WINDOW):
            self.assertIsNone(item.error)
            found.setdefault(item.scope_id, []).append(item.period)
            if item.points:
                self.assertEqual(
                    {item.scope_id},
                    {point.groupby["project_id"] for point in item.points},
                )
        periods_of_each = list(WINDOW.periods(PERIOD))
        self.assertEqual(dict.fromkeys(scopes, periods_of_each), found)

    def test_an_unusable_value_fails_only_its_scope(self):
        scopes = ["plain", "unusable", "gaps"]
        found = list(self.collector.collect(self.metric, scopes, WINDOW))
        begins = list(WINDOW.periods(PERIOD))
        unusable = [each for each in found if each.scope_id == "unusable"]
        self.assertEqual(
            [(begins[0], 1, False), (begins[1], 0, True)],
            [
                (each.period, len(each.points), each.error is not None)
                for each in unusable
            ],
        )
        self.assertEqual(begins[1], unusable[1].error.period)
        for scope_id in ("plain", "gaps"):
            self.assertEqual(
                self.collect(scope_id),
                [
                    (each.period, each.points)
                    for each in found
                    if each.scope_id == scope_id
                ],
            )

    def test_every_period_occurs_once_and_in_order(self):
        found = self.collect("gaps")
        self.assertEqual(
            list(WINDOW.periods(PERIOD)), [period for period, _ in found]
        )
        self.assertEqual(
            [0, 0, 1, 1, 0, 1, 0, 0], [len(points) for _, points in found]
        )

    def test_points_are_complete(self):
        _period, points = self.collect("plain")[4]
        ids = [self.identifier(name) for name in ("i-1", "i-2")]
        points.sort(key=lambda point: ids.index(point.groupby["id"]))
        self.assertEqual(ids, [point.groupby["id"] for point in points])
        point = points[1]
        self.assertEqual(
            ("instance", decimal.Decimal(48), decimal.Decimal(0)),
            (point.unit, point.qty, point.price),
        )
        self.assertEqual("Instance", point.description)
        self.assertEqual({"flavor": ""}, dict(points[0].metadata))
        self.assertEqual({"flavor": "m1"}, dict(point.metadata))
        self.assertEqual(
            {
                "id": ids[1],
                "project_id": "plain",
                "week_of_the_year": "44",
                "day_of_the_year": "305",
                "month": "11",
                "year": "2026",
            },
            dict(point.groupby),
        )
        eve = self.collect("plain")[3][1][1].groupby
        self.assertEqual(
            ("10", "304", "43"),
            (eve["month"], eve["day_of_the_year"], eve["week_of_the_year"]),
        )

    def test_a_scope_sees_only_itself(self):
        for scope_id in self.hostile:
            points = [
                point
                for _period, points in self.collect(scope_id)
                for point in points
            ]
            self.assertEqual(
                [(scope_id, self.identifier(f"only {scope_id}"))],
                [(p.groupby["project_id"], p.groupby["id"]) for p in points],
            )

    def test_unknown_scope_and_metric_are_empty_not_errors(self):
        absent = self.collector.definitions[0]
        self.assertEqual("absent", absent.name)
        for found in (
            self.collect("nobody"),
            self.collect('nobody"} or instance_up{project_id=~".*'),
            self.collect("plain", metric=absent),
        ):
            self.assertEqual(
                [(period, []) for period in WINDOW.periods(PERIOD)], found
            )

    def test_split_windows_give_the_same_points(self):
        whole = self.collect("plain") + self.collect("gaps")
        for hours in range(1, 8):
            cut = BEGIN + datetime.timedelta(hours=hours)
            parts = [
                row
                for scope_id in ("plain", "gaps")
                for window in (
                    periods.Window(BEGIN, cut),
                    periods.Window(cut, WINDOW.end),
                )
                for row in self.collect(scope_id, window)
            ]
            self.assertEqual(whole, parts)

    def test_threads_share_it(self):
        scopes = ["plain", "gaps", *self.hostile] * 3
        alone = [self.collect(scope_id) for scope_id in scopes]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            together = list(pool.map(self.collect, scopes))
        self.assertEqual(alone, together)


def all_series():
    """Yield the series that ``make_collector`` gets."""
    middle = BEGIN.timestamp() + PERIOD / 2

    def series(scope_id, identifier, quantities, **labels):
        return prometheus.Series(
            "instance_up",
            {"project_id": scope_id, "id": identifier, **labels},
            [
                (int(middle + PERIOD * hour), quantity)
                for hour, quantity in quantities.items()
            ],
        )

    yield series("plain", "i-1", {hour: hour + 1 for hour in range(8)})
    yield series(
        "plain", "i-2", {hour: 20 + hour for hour in range(8)}, flavor="m1"
    )
    yield series("gaps", "i-3", {2: 1, 3: 1, 5: 1})
    yield series("unusable", "i-4", {0: 1, 1: float("nan"), 2: 1})
    for scope_id in HOSTILE:
        yield series(scope_id, f"only {scope_id}", {1: 1})
