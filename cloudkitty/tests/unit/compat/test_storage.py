# SPDX-License-Identifier: Apache-2.0
import datetime
import decimal

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import base
from cloudkitty.storage import v2
from cloudkitty.tests.unit.compat import case

D = decimal.Decimal
SCOPE = scopes.Scope(
    identifier="a",
    scope_key="project_id",
    fetcher="fetcher",
    collector="collector",
)


class Fake(v2.BaseStorage):
    """Stores (scope, metric, frame) in a list."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.calls = []
        self.frames = []
        self.results = []

    def init(self):
        self.calls.append(("init",))

    def push(self, dataframes, scope_id=None):
        self.calls.append(("push", len(dataframes), scope_id))
        self.frames += dataframes

    def retrieve(
        self,
        begin=None,
        end=None,
        filters=None,
        metric_types=None,
        offset=0,
        limit=1000,
        paginate=True,
    ):
        self.calls.append(
            ("retrieve", filters, metric_types, offset, limit, paginate)
        )
        found = [one for one in self.frames if begin <= one.start < end]
        return {"total": sum(map(len, found)), "dataframes": found}

    def delete(self, begin=None, end=None, filters=None):
        self.calls.append(("delete", begin, end, filters))
        self.frames = [
            one
            for one in self.frames
            if not begin <= one.start.replace(tzinfo=None) < end
        ]

    def total(self, **arguments):
        self.calls.append(("total", arguments))
        return {"total": len(self.results), "results": self.results}


def frame(hours=0, price="2", **metrics):
    begin = case.BEGIN + hours * case.HOUR
    return dataframe.DataFrame(
        begin,
        begin + case.HOUR,
        {
            metric: [
                dataframe.make_point(
                    ("u", D(qty), D(price), {"project_id": "a"}, {}, None)
                )
            ]
            for metric, qty in metrics.items()
        },
    )


class TestAdapter(case.CompatTestCase):
    def setUp(self):
        super().setUp()
        self.storage = Fake.cloudkitty_adapter(self.conf)(self.conf, None)
        self.plugin = self.storage._plugin

    def names(self):
        return [call[0] for call in self.plugin.calls]

    def replace(self, frames, metrics=None):
        self.storage.replace(SCOPE, case.WINDOW, frames, metrics=metrics)

    def test_first_frames_are_only_pushed(self):
        self.replace([frame(cpu=1), frame(1, cpu=2), frame(2)])
        self.assertEqual(["retrieve", "push", "push"], self.names())
        self.assertEqual(("push", 1, "a"), self.plugin.calls[-1])

    def test_replacement(self):
        self.replace([frame(cpu=1, disk=5)])
        self.plugin.calls.clear()
        self.replace([frame(cpu=2, disk=6)], metrics=["cpu", "disk"])
        self.assertEqual(["retrieve", "delete", "push"], self.names())
        self.assertEqual(
            (
                "delete",
                datetime.datetime(2026, 11, 2, 10),
                datetime.datetime(2026, 11, 2, 13),
                {"project_id": "a"},
            ),
            self.plugin.calls[1],
        )
        [stored] = self.plugin.frames
        self.assertEqual(D(2), stored.usage["cpu"][0].qty)

    def test_points_to_keep_are_not_deleted(self):
        self.replace([frame(cpu=1, disk=5)])
        self.plugin.calls.clear()
        error = self.assertRaises(
            base.StorageError, self.replace, [frame(cpu=2)], ["cpu"]
        )
        self.assertIn("disk", str(error))
        self.assertEqual(["retrieve"], self.names())
        # Nothing is deleted if only other metrics are stored.
        self.replace([frame(ram=2)], ["ram"])
        self.assertEqual(["retrieve", "retrieve", "push"], self.names())

    def test_no_scope(self):
        window = case.WINDOW
        self.assertRaises(TypeError, self.storage.delete, None, window)
        self.assertRaises(TypeError, self.storage.replace, None, window, [])
        self.assertRaises(TypeError, self.storage.add, {None: []})
        self.assertEqual([], self.plugin.calls)

    def test_retrieve(self):
        self.plugin.frames = [frame(1, cpu=1), frame(cpu=2), frame(cpu=3)]
        found = self.storage.retrieve(
            base.Query(
                window=case.WINDOW,
                filters={"project_id": ["a"], "id": ["x", "y"]},
                metrics=["cpu"],
                offset=5,
                limit=10,
            )
        )
        self.assertEqual(3, found.total)
        self.assertEqual(
            [[2, 3], [1]],
            [[one.qty for one in each.usage["cpu"]] for each in found.frames],
        )
        self.assertEqual(
            (
                "retrieve",
                {"project_id": "a", "id": ["x", "y"]},
                ["cpu"],
                5,
                10,
                True,
            ),
            self.plugin.calls[0],
        )

    def test_no_values_match_nothing(self):
        query = base.Query(window=case.WINDOW, filters={"id": []})
        self.assertEqual(0, self.storage.retrieve(query).total)
        self.assertEqual(0, self.storage.total(query).total)
        self.assertEqual([], self.plugin.calls)

    def test_total(self):
        self.plugin.results = [
            {
                "begin": datetime.datetime(2026, 11, 2, 10),
                "end": case.BEGIN + case.HOUR,
                "qty": 0.1,
                "rate": 5,
                "month": "11",
                "type": "cpu",
            },
            # A period without data, as InfluxDB returns it.
            {
                "begin": case.BEGIN,
                "end": case.BEGIN,
                "qty": None,
                "rate": None,
            },
        ]
        found = self.storage.total(
            base.Query(window=case.WINDOW, limit=7), ["time-m", "type", "time"]
        )
        [row] = found.rows
        self.assertEqual(1, found.total)
        self.assertEqual(
            (case.BEGIN, D("0.1"), D(5), {"month": "11", "type": "cpu"}),
            (row.begin, row.qty, row.rate, row.groups),
        )
        [(_, arguments)] = self.plugin.calls
        self.assertEqual(
            (["time-m", "type", "time"], None, 0, 7, True),
            tuple(
                arguments[name]
                for name in (
                    "groupby",
                    "filters",
                    "offset",
                    "limit",
                    "paginate",
                )
            ),
        )

    def test_amounts_of_a_task_are_exact_and_counted(self):
        self.plugin.frames = [frame(cpu="0.1"), frame(1, cpu="0.2", disk=1)]
        rows = self.storage.total(
            base.Query(window=case.WINDOW), ["type"]
        ).rows
        self.assertEqual(
            [("cpu", 2, D("0.3"), D(4)), ("disk", 1, D(1), D(2))],
            [
                (row.groups["type"], row.points, row.qty, row.rate)
                for row in rows
            ],
        )

    def test_count_of_a_long_window(self):
        self.plugin.frames = [frame(cpu=1), frame(200, cpu=1)]
        window = periods.Window(case.BEGIN, case.BEGIN + 201 * case.HOUR)
        found = self.storage.count(base.Query(window=window))
        self.assertEqual(2, len(found))
        self.assertEqual(2, len(self.plugin.calls))

    def test_add(self):
        self.storage.add({SCOPE: [frame(cpu=1), frame(1, cpu=1)]})
        self.assertEqual([("push", 2, None)], self.plugin.calls)

    def test_errors(self):
        def fail(*args, **kwargs):
            raise OSError("secret")

        query = base.Query(window=case.WINDOW)
        self.plugin.retrieve = self.plugin.total = self.plugin.init = fail
        for call in (
            lambda: self.storage.retrieve(query),
            lambda: self.storage.total(query),
            lambda: self.storage.count(query),
            lambda: self.replace([frame(cpu=1)]),
            self.storage.init,
        ):
            error = self.assertRaises(base.StorageError, call)
            self.assertNotIn("secret", str(error))

    def test_a_plugin_that_cannot_be_made(self):
        class Refusing(Fake):
            def __init__(self, **kwargs):
                raise ValueError("no path")

        error = self.assertRaises(
            exceptions.InvalidConfiguration,
            Refusing.cloudkitty_adapter(self.conf),
            self.conf,
            None,
        )
        self.assertIn(
            "[storage] backend = acme: ValueError: no path", str(error)
        )

    def test_helpers_of_the_base_class(self):
        self.assertEqual(3600, self.plugin._period)
        self.assertEqual(
            datetime.timedelta(hours=2400), self.plugin.get_retention()
        )
        parse = self.plugin.parse_groupby_syntax_to_groupby_elements
        self.assertEqual(
            ["time", "year", "id"], parse(["time", "time-y", "id"])
        )
        self.assertRaises(ValueError, parse, ["time-x"])
        self.migrate()
        self.assertEqual([], self.plugin.get_tenants())
