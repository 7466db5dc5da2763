# SPDX-License-Identifier: Apache-2.0
"""What every storage promises; run it over each driver.

A driver's test derives from ``StorageContract`` and a test case class and
says in ``make_storage`` how to get an empty storage whose
``[collect] scope_key`` is ``project_id``.
"""

import datetime
import decimal
import threading

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.storage import base
from cloudkitty.tests import new_scopes

D = decimal.Decimal
PERIOD = 3600
BEGIN = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
#: Scope ids that break drivers which interpolate, fold, pad or truncate.
HOSTILE = [
    "a",
    "A",
    "a ",
    " a",
    "a\t",
    "%",
    "_",
    "a%",
    "'",
    "''",
    '"',
    "\\",
    "\\'",
    "'; DROP TABLE cloudkitty_rated_points; --",
    "' OR '1'='1",
    "a/b",
    "a,b",
    "%s %(x)s :x ?",
    "$.a",
    "null",
    "two\nlines",
    "\u00e9",
    "e\u0301",
    "\u00df",
    "ss",
    "\U0001d11e",
    "x" * 255 + "y",
    "x" * 255 + "Y",
    "\U0001d11e" * 256,
]
#: Attribute names that have a meaning in a JSON path, in SQL or to a driver.
HOSTILE_NAMES = [
    *(text for text in HOSTILE if len(text) < 100),
    "",
    "a.b",
    "a[0]",
    "[0]",
    "$",
    "*",
    "**",
    'a"b',
    '"."',
    "qty",
    "begin",
    "groupby",
    "a\\u0041",
    "\x01\x7f",
]


def hours(first: int, last: int) -> periods.Window:
    """Return the window from hour ``first`` up to hour ``last``."""
    step = datetime.timedelta(hours=1)
    return periods.Window(BEGIN + first * step, BEGIN + last * step)


def point(qty="1", price="1", groupby=None, metadata=None, unit="GiB"):
    """Return a point."""
    return dataframe.DataPoint(
        unit, D(qty), D(price), groupby or {}, metadata or {}, "Words"
    )


def frame(hour: int, **usage: list[dataframe.DataPoint]):
    """Return the frame of an hour."""
    period = hours(hour, hour + 1)
    return dataframe.DataFrame(period.begin, period.end, dict(usage))


def frames(first: int, last: int, price="1", metric="cpu"):
    """Return one frame of two points for each hour."""
    points = [point(price=price, groupby={"id": f"i-{n}"}) for n in range(2)]
    return [frame(hour, **{metric: points}) for hour in range(first, last)]


class StorageContract:
    """The promises."""

    def test_scopes_with_points(self):
        storage = self.storage
        self.assertEqual([], storage.scope_ids())
        for identifier in HOSTILE:
            storage.replace(
                new_scopes.make(identifier), hours(0, 2), frames(0, 2)
            )
        storage.replace(
            new_scopes.make("other key", scope_key="x"),
            hours(0, 1),
            frames(0, 1),
        )
        storage.replace(new_scopes.make("empty"), hours(0, 1), [])
        self.assertEqual(sorted(HOSTILE), storage.scope_ids())
        for identifier in HOSTILE[1:]:
            storage.delete(new_scopes.make(identifier), hours(0, 1))
        self.assertEqual(sorted(HOSTILE), storage.scope_ids())
        for identifier in HOSTILE[1:]:
            storage.delete(new_scopes.make(identifier), hours(1, 2))
        self.assertEqual(HOSTILE[:1], storage.scope_ids())

    def test_counts_equal_the_totals(self):
        storage = self.storage
        for metric in ("cpu", "cpu ", "disk"):
            storage.replace(
                new_scopes.make("a"),
                hours(0, 3),
                frames(0, 3, metric=metric),
                metrics=[metric],
            )
        storage.replace(new_scopes.make("b"), hours(0, 3), frames(0, 3))
        self.assertEqual(6, len(self._check_counts(hours(1, 3))))

    def test_counts_of_periods_that_differ(self):
        """Gaps, other numbers and other lengths are not averaged away."""
        half = datetime.timedelta(minutes=30)
        new = []
        for hour, points in enumerate([1, 1, 0, 1, 2, 2, 1, 1, 1, 1]):
            new.append(frame(hour, cpu=[point()] * points, disk=[point()]))
        # Two half hours, and one of three quarters of an hour.
        for first, length in ((14, half), (14.5, half), (15, half * 1.5)):
            begin = hours(0, 1).begin + datetime.timedelta(hours=first)
            new.append(dataframe.DataFrame(begin, begin + length))
            new[-1].add_points([point()], "cpu")
        self.replace("a", hours(0, 20), new)
        self.assertEqual(22, len(self._check_counts(hours(0, 20))))
        self.assertEqual(9, len(self._check_counts(hours(1, 6))))

    def _check_counts(self, window):
        """Compare counts with totals; return the counts by period."""
        query = base.Query(window=window, filters={"project_id": ["a"]})
        counts = []
        for begin, end, number, metric, points in self.storage.count(query):
            length = (end - begin) / number
            counts += [
                (begin + nth * length, begin + (nth + 1) * length, metric)
                + (points,)
                for nth in range(number)
            ]
        self.assertEqual(
            sorted(
                (row.begin, row.end, row.groups["type"], row.points)
                for row in self.storage.total(query, ["time", "type"]).rows
            ),
            sorted(counts),
        )
        return counts

    def make_storage(self) -> base.Storage:
        """Return an empty storage."""
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        self.storage = self.make_storage()
        self.storage.init()

    def replace(self, name, window, new, **more):
        self.storage.replace(new_scopes.make(name), window, new, **more)

    def retrieve(self, name=None, window=None, **more):
        if name is not None:
            more["filters"] = {"project_id": [name], **more.get("filters", {})}
        return self.storage.retrieve(
            base.Query(window=window or hours(-100, 100), **more)
        )

    def sums(self, groupby=(), window=None, **more):
        """Return (group values, qty, rate) of each row."""
        found = self.storage.total(
            base.Query(window=window or hours(-100, 100), **more), groupby
        )
        return [
            (tuple(row.groups.values()), row.qty, row.rate)
            for row in found.rows
        ]

    def rate(self, name=None, window=None):
        """Return the sum of prices, of one scope or of all."""
        filters = {} if name is None else {"project_id": [name]}
        found = self.sums(window=window, filters=filters)
        return found[0][2] if found else None

    # Replacing.

    def test_frames_are_returned_unchanged(self):
        put = dataframe.DataFrame(
            hours(0, 1).begin,
            hours(0, 1).end,
            {
                "cpu": [
                    point("1.5", "0.25", {"id": "1", "b": "2"}, {"c": "3"})
                ],
                "ram": [point("2", "3"), point("4", "0")],
            },
        )
        self.replace("p1", hours(0, 1), [put])
        self.assertEqual(
            base.Frames(total=3, frames=[put]), self.retrieve("p1")
        )
        [got] = self.retrieve("p1").frames
        self.assertEqual(
            repr(list(put.iterpoints())), repr(list(got.iterpoints()))
        )

    def test_replacing_twice_is_idempotent(self):
        self.replace("p1", hours(0, 3), frames(0, 3))
        before = self.retrieve("p1")
        for _ in range(2):
            self.replace("p1", hours(0, 3), frames(0, 3))
            self.assertEqual(before, self.retrieve("p1"))
        self.assertEqual(6, before.total)

    def test_old_points_of_any_shape_are_deleted(self):
        self.replace(
            "p1",
            hours(0, 2),
            [
                frame(0, cpu=[point()] * 5, ram=[point(unit="MiB")]),
                frame(1, disk=[point(groupby={"id": "x"})]),
            ],
        )
        new = [frame(0, cpu=[point(price="7")])]
        self.replace("p1", hours(0, 2), new)
        self.assertEqual(base.Frames(total=1, frames=new), self.retrieve("p1"))

    def test_no_frames_delete_the_window(self):
        self.replace("p1", hours(0, 3), frames(0, 3))
        self.replace("p1", hours(0, 2), [frame(0)])
        self.assertEqual(frames(2, 3), list(self.retrieve("p1").frames))
        self.replace("p1", hours(0, 3), [])
        self.assertEqual(0, self.retrieve("p1").total)

    def test_frames_may_be_a_generator(self):
        self.replace("p1", hours(0, 3), (f for f in frames(0, 3)))
        self.assertEqual(frames(0, 3), list(self.retrieve("p1").frames))

    def test_the_window_is_half_open_over_beginnings(self):
        self.replace("p1", hours(0, 4), frames(0, 4, price="1"))
        self.replace("p1", hours(1, 3), frames(1, 3, price="10"))
        self.assertEqual(
            [2, 20, 20, 2],
            [rate for _, _, rate in self.sums(["time"])],
        )
        for window, expected in (
            (hours(0, 1), 2),
            (hours(0, 2), 22),
            (hours(2, 4), 22),
            (hours(4, 5), None),
            (hours(-1, 0), None),
        ):
            self.assertEqual(expected, self.rate("p1", window))
        self.storage.delete(new_scopes.make("p1"), hours(1, 3))
        self.assertEqual(
            [*frames(0, 1), *frames(3, 4)],
            list(self.retrieve("p1").frames),
        )

    def test_a_longer_period_of_old_is_replaced_by_its_beginning(self):
        old = dataframe.DataFrame(
            hours(0, 4).begin, hours(0, 4).end, {"cpu": [point(price="5")]}
        )
        self.replace("p1", hours(0, 4), [old])
        self.replace("p1", hours(1, 2), frames(1, 2))
        self.assertEqual(D(7), self.rate("p1"))
        self.replace("p1", hours(0, 1), frames(0, 1))
        self.assertEqual(D(4), self.rate("p1"))

    def test_some_metrics_only(self):
        self.replace(
            "p1", hours(0, 1), [frame(0, cpu=[point()], ram=[point()])]
        )
        self.replace("p2", hours(0, 1), [frame(0, cpu=[point()])])
        new = [frame(0, cpu=[point(price="9")])]
        self.replace("p1", hours(0, 1), new, metrics=["cpu", "disk"])
        self.assertEqual(
            [(("p1", "cpu"), 9), (("p1", "ram"), 1), (("p2", "cpu"), 1)],
            [(g, rate) for g, _, rate in self.sums(["project_id", "type"])],
        )
        self.replace("p1", hours(0, 1), [], metrics=["CPU", "cpu "])
        self.replace("p1", hours(0, 1), [], metrics=[])
        self.assertEqual(D(10), self.rate("p1"))
        self.storage.delete(
            new_scopes.make("p1"), hours(0, 1), metrics=["ram"]
        )
        self.replace("p1", hours(0, 1), [frame(0)], metrics={"ram"})
        self.assertEqual(D(9), self.rate("p1"))

    def test_wrong_frames_are_refused_before_anything_is_written(self):
        self.replace("p1", hours(0, 3), frames(0, 3))
        before = self.retrieve()
        wide = dataframe.DataFrame(hours(0, 4).begin, hours(0, 4).end)
        for wrong, more in (
            (frames(2, 4), {}),
            (frames(-1, 1), {}),
            ([*frames(0, 1), *frames(0, 1)], {}),
            ([wide], {}),
            (frames(0, 1), {"metrics": ["ram"]}),
            (frames(0, 1), {"metrics": []}),
        ):
            self.assertRaises(
                ValueError, self.replace, "p1", hours(0, 3), wrong, **more
            )
        for number in ("NaN", "-Infinity", "1e38"):
            for which in ("qty", "price"):
                wrong = [
                    frame(0, cpu=[point(price="5")]),
                    frame(1, cpu=[point(**{which: number})]),
                ]
                self.assertRaises(
                    base.StorageError,
                    self.replace,
                    "p1",
                    hours(0, 3),
                    wrong,
                )
        self.assertEqual(before, self.retrieve())

    def test_writes_need_a_scope(self):
        self.replace("p1", hours(0, 1), frames(0, 1))
        for invalid in (None, "", "p1"):
            self.assertRaises(
                TypeError, self.storage.delete, invalid, hours(0, 1)
            )
            self.assertRaises(
                TypeError, self.storage.replace, invalid, hours(0, 1), []
            )
        self.assertRaises(TypeError, self.storage.delete, window=hours(0, 1))
        self.assertEqual(2, self.retrieve().total)

    def test_twenty_thousand_points(self):
        points = [
            point(price=f"0.{n:05}1", groupby={"id": f"i-{n}"})
            for n in range(10000)
        ]
        both = [frame(0, cpu=points), frame(1, cpu=points)]
        for _ in range(2):
            self.replace("p1", hours(0, 2), both)
        self.assertEqual([((), D(20000), D("999.92"))], self.sums())
        page = self.retrieve("p1", offset=9999, limit=2)
        self.assertEqual(20000, page.total)
        self.assertEqual(
            [
                frame(0, cpu=points[-1:]),
                frame(1, cpu=points[:1]),
            ],
            list(page.frames),
        )

    # Adding.

    def test_added_points_keep_the_old_ones(self):
        self.replace("p1", hours(0, 2), frames(0, 2))
        self.replace("p2", hours(0, 1), frames(0, 1))
        more = [
            frame(0, cpu=[point("5", "7", {"id": "a"}, {"b": "c"})]),
            frame(0, ram=[point("2", "3")]),
            frame(9, cpu=[point()]),
        ]
        self.storage.add(
            {
                new_scopes.make("p1"): more,
                new_scopes.make("p3"): frames(0, 1, price="4"),
            }
        )
        self.assertEqual(
            [
                (("p1", "cpu"), 10, 12),
                (("p1", "ram"), 2, 3),
                (("p2", "cpu"), 2, 2),
                (("p3", "cpu"), 2, 8),
            ],
            self.sums(["project_id", "type"]),
        )
        first = self.retrieve("p1").frames[0]
        self.assertEqual((hours(0, 1), 4), (first.period, len(first)))
        self.assertEqual(
            point("5", "7", {"id": "a"}, {"b": "c"}), first.usage["cpu"][2]
        )

    def test_adding_twice_doubles_until_replaced(self):
        for _ in range(2):
            self.storage.add({new_scopes.make("p1"): frames(0, 2)})
        self.assertEqual(8, self.retrieve("p1").total)
        self.replace("p1", hours(0, 1), frames(0, 1))
        self.assertEqual(6, self.retrieve("p1").total)
        self.storage.delete(new_scopes.make("p1"), hours(0, 2))
        self.assertEqual(0, self.retrieve("p1").total)

    def test_adding_is_atomic(self):
        for wrong in (
            {new_scopes.make("x" * 257): frames(0, 1)},
            {new_scopes.make("p2"): frames(0, 1, metric="\0")},
            {new_scopes.make("p2"): [frame(0, cpu=[point(price="NaN")])]},
        ):
            self.assertRaises(
                base.StorageError,
                self.storage.add,
                {new_scopes.make("p1"): frames(0, 1), **wrong},
            )
        self.assertRaises(TypeError, self.storage.add, {"p1": frames(0, 1)})
        self.storage.add({})
        self.storage.add({new_scopes.make("p1"): [frame(0)]})
        self.assertEqual(0, self.retrieve().total)

    # One scope's writing touches one scope.

    def test_two_scopes(self):
        self.replace("p1", hours(0, 3), frames(0, 3))
        self.replace("p2", hours(0, 3), frames(0, 3, price="5"))
        before = repr(self.retrieve("p2"))
        self.replace("p1", hours(0, 2), frames(0, 1, price="3"))
        self.assertEqual(before, repr(self.retrieve("p2")))
        self.assertEqual(D(8), self.rate("p1"))
        self.storage.delete(new_scopes.make("p1"), hours(0, 3))
        self.assertEqual(before, repr(self.retrieve("p2")))
        self.assertEqual(before, repr(self.retrieve()))

    def test_one_identifier_under_two_keys(self):
        for key in ("project_id", "PROJECT_ID", "domain_id"):
            self.storage.replace(
                new_scopes.make("p1", scope_key=key),
                hours(0, 1),
                frames(0, 1, price=len(key)),
            )
        self.assertEqual(D(20), self.rate("p1"))
        self.assertEqual(D(58), self.rate())
        self.storage.delete(
            new_scopes.make("p1", scope_key="PROJECT_ID"), hours(0, 1)
        )
        self.assertEqual(D(38), self.rate())
        self.storage.delete(
            new_scopes.make("p1", scope_key="domain_id"), hours(0, 1)
        )
        self.assertEqual(D(20), self.rate())

    def test_hostile_scope_names(self):
        for number, name in enumerate(HOSTILE):
            self.replace(name, hours(0, 1), frames(0, 1, price=number))
        self._check_hostile_scopes(HOSTILE)
        for number, name in reversed(list(enumerate(HOSTILE))):
            self.replace(name, hours(0, 1), frames(0, 1, price=number))
        self._check_hostile_scopes(HOSTILE)
        for name in HOSTILE[1::2]:
            self.storage.delete(new_scopes.make(name), hours(0, 1))
        self._check_hostile_scopes(HOSTILE[::2])

    def _check_hostile_scopes(self, there):
        for number, name in enumerate(HOSTILE):
            self.assertEqual(
                D(2 * number) if name in there else None,
                self.rate(name),
                name,
            )
        self.assertEqual(
            [
                ((name,), D(2), D(2 * HOSTILE.index(name)))
                for name in sorted(there)
            ],
            self.sums(["project_id"]),
        )

    def test_identifiers_that_databases_reject(self):
        for name in ("x" * 257, "a\0", "\ud800"):
            self.assertRaises(
                base.StorageError,
                self.replace,
                name,
                hours(0, 1),
                frames(0, 1),
            )
            self.assertRaises(
                base.StorageError,
                self.storage.delete,
                new_scopes.make(name),
                hours(0, 1),
            )
            self.assertIsNone(self.rate(name))
            self.assertRaises(
                base.StorageError,
                self.replace,
                "p1",
                hours(0, 1),
                frames(0, 1, metric=name),
            )
            self.assertEqual([], self.sums(metrics=[name]))
            self.replace("p1", hours(0, 1), [], metrics=[name])

    def test_sums_have_the_number_of_points(self):
        self.replace(
            "p1",
            hours(0, 2),
            [
                frame(0, cpu=[point("0", "0")] * 3, ram=[point("7", "2")]),
                frame(1, cpu=[point()]),
            ],
        )
        found = self.storage.total(base.Query(window=hours(0, 2)), ["type"])
        self.assertEqual(
            {"cpu": 4, "ram": 1},
            {row.groups["type"]: row.points for row in found.rows},
        )
        [whole] = self.storage.total(base.Query(window=hours(0, 2))).rows
        self.assertEqual(5, whole.points)

    # Readers.

    def test_readers_never_see_a_gap(self):
        window = hours(0, 5)
        self.replace("p1", window, frames(0, 5, price="1"))
        over = threading.Event()
        seen = []
        query = base.Query(window=window, filters={"project_id": ["p1"]})

        def read():
            while not over.is_set():
                rows = self.storage.total(query, ["time"]).rows
                seen.append([(row.qty, row.rate) for row in rows])
                got = self.storage.retrieve(query)
                seen.append(
                    [
                        (
                            sum(p.qty for p in points),
                            sum(p.price for p in points),
                        )
                        for points in (
                            [p for _, p in f.iterpoints()] for f in got.frames
                        )
                    ]
                )

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for price in range(2, 40):
                self.replace("p1", window, frames(0, 5, price=price))
        finally:
            over.set()
            reader.join()
        self.assertTrue(seen)
        states = [[(D(2), D(2 * price))] * 5 for price in range(1, 40)]
        # Each is one of the states, and none is followed by an older one.
        numbers = [states.index(state) for state in seen]
        self.assertEqual(sorted(numbers), numbers)

    def test_order_and_pages_of_points(self):
        for name in ("p2", "p1"):
            self.replace(
                name,
                hours(0, 2),
                [
                    frame(
                        hour,
                        ram=[point(groupby={"n": f"{name}-{hour}-ram"})],
                        Cpu=[
                            point(groupby={"n": f"{name}-{hour}-{n}"})
                            for n in ("z", "a")
                        ],
                    )
                    for hour in (1, 0)
                ],
            )
        everything = [
            f"{name}-{hour}-{what}"
            for hour in (0, 1)
            for whats in (("z", "a"), ("ram",))
            for name in ("p1", "p2")
            for what in whats
        ]
        for offset, limit in (
            (0, None),
            (5, None),
            (0, 12),
            (0, 5),
            (5, 5),
            (10, 5),
            (12, 5),
            (3, 0),
        ):
            page = self.retrieve(offset=offset, limit=limit)
            self.assertEqual(12, page.total)
            end = None if limit is None else offset + limit
            self.assertEqual(
                everything[offset:end],
                [
                    p.groupby["n"]
                    for f in page.frames
                    for _, p in f.iterpoints()
                ],
            )
            starts = [f.start for f in page.frames]
            self.assertEqual(sorted(set(starts)), starts)
        self.assertEqual(
            base.Frames(total=0, frames=[]), self.retrieve("nobody")
        )

    def test_metrics_of_a_query(self):
        self.replace(
            "p1",
            hours(0, 1),
            [frame(0, cpu=[point()], CPU=[point("2")], ram=[point("4")])],
        )
        for metrics, expected in (
            ([], 7),
            (["cpu"], 1),
            (["CPU", "ram"], 6),
            (["ram "], None),
            (["r%"], None),
        ):
            found = self.sums(metrics=metrics)
            self.assertEqual(expected, found[0][1] if found else None)
        self.assertEqual(2, self.retrieve("p1", metrics=["CPU", "ram"]).total)

    def test_no_data(self):
        for groupby in ([], ["type"], ["time"], ["project_id", "x"]):
            found = self.storage.total(base.Query(window=hours(0, 1)), groupby)
            self.assertEqual((0, []), (found.total, list(found.rows)))

    def _put_groups(self):
        """Store eight points in all combinations."""
        for scope_id in ("p1", "p2"):
            self.replace(
                scope_id,
                hours(23, 25),
                [
                    frame(
                        hour,
                        **{
                            metric: [
                                point(
                                    qty,
                                    "0.5",
                                    {
                                        "id": f"i-{metric}",
                                        "day_of_the_year": day,
                                        "month": "11",
                                        "year": "2026",
                                        "week_of_the_year": "44",
                                    },
                                    {"flavor": f"m{qty}", "id": "no"},
                                )
                            ]
                            for metric, qty in (("cpu", "1"), ("ram", "2"))
                        },
                    )
                    for hour, day in ((23, "305"), (24, "306"))
                ],
            )

    def test_groupings(self):
        self._put_groups()
        for groupby, columns, expected in (
            ([], [], [((), 12, 4)]),
            (["type"], ["type"], [(("cpu",), 4, 2), (("ram",), 8, 2)]),
            (
                ["project_id"],
                ["project_id"],
                [(("p1",), 6, 2), (("p2",), 6, 2)],
            ),
            (["id"], ["id"], [(("i-cpu",), 4, 2), (("i-ram",), 8, 2)]),
            (["flavor"], ["flavor"], [(("m1",), 4, 2), (("m2",), 8, 2)]),
            (
                ["time-d"],
                ["day_of_the_year"],
                [(("305",), 6, 2), (("306",), 6, 2)],
            ),
            (["time-w"], ["week_of_the_year"], [(("44",), 12, 4)]),
            (
                ["time-y", "time-m", "month"],
                ["year", "month"],
                [(("2026", "11"), 12, 4)],
            ),
            (["unknown"], ["unknown"], [(("",), 12, 4)]),
            (
                ["type", "unknown", "type", "project_id"],
                ["type", "unknown", "project_id"],
                [
                    (("cpu", "", "p1"), 2, 1),
                    (("cpu", "", "p2"), 2, 1),
                    (("ram", "", "p1"), 4, 1),
                    (("ram", "", "p2"), 4, 1),
                ],
            ),
        ):
            self.assertEqual(expected, self.sums(groupby), groupby)
            window = hours(20, 30)
            found = self.storage.total(base.Query(window=window), groupby)
            self.assertEqual(len(expected), found.total)
            for row in found.rows:
                self.assertEqual(columns, list(row.groups))
                self.assertEqual(
                    (window.begin, window.end), (row.begin, row.end)
                )

    def test_grouping_by_time(self):
        self._put_groups()
        found = self.storage.total(
            base.Query(window=hours(20, 30)), ["type", "time"]
        )
        # Periods without data do not appear.
        self.assertEqual(
            [
                (hours(hour, hour + 1), {"type": metric}, qty, 1)
                for hour in (23, 24)
                for metric, qty in (("cpu", 2), ("ram", 4))
            ],
            [
                (
                    periods.Window(row.begin, row.end),
                    row.groups,
                    row.qty,
                    row.rate,
                )
                for row in found.rows
            ],
        )

    def test_pages_of_rows(self):
        self.replace(
            "p1",
            hours(0, 1),
            [
                frame(
                    0,
                    cpu=[point(groupby={"id": f"{n % 7}"}) for n in range(21)],
                )
            ],
        )
        for offset, limit, expected in (
            (0, None, "0123456"),
            (0, 3, "012"),
            (3, 3, "345"),
            (6, 3, "6"),
            (7, 3, ""),
            (2, None, "23456"),
            (2, 0, ""),
        ):
            found = self.storage.total(
                base.Query(window=hours(0, 1), offset=offset, limit=limit),
                ["id"],
            )
            self.assertEqual(7, found.total)
            self.assertEqual(
                list(expected), [row.groups["id"] for row in found.rows]
            )
        one = base.Query(window=hours(0, 1), offset=1, limit=5)
        self.assertEqual(
            base.Totals(total=1, rows=[]), self.storage.total(one)
        )

    def test_filters(self):
        self._put_groups()
        for filters, expected in (
            ({"id": ["i-cpu"]}, 4),
            ({"id": ["i-cpu", "i-ram", "else"]}, 12),
            ({"id": ["no"]}, None),
            ({"flavor": ["m2"], "project_id": ["p1"]}, 4),
            ({"flavor": ["m2"], "id": ["i-cpu"]}, None),
            ({"project_id": ["p1", "p2"], "day_of_the_year": ["306"]}, 6),
            ({"project_id": ["p1", "p3"]}, 6),
            ({"unknown": [""]}, 12),
            ({"unknown": ["x"]}, None),
            ({"id": [""]}, None),
            ({"id": []}, None),
            ({"project_id": []}, None),
        ):
            found = self.sums(filters=filters)
            self.assertEqual(expected, found[0][1] if found else None, filters)
            self.assertEqual(
                expected is None, not self.retrieve(filters=filters).total
            )

    def test_hostile_attribute_names(self):
        self.replace(
            "p1",
            hours(0, 1),
            [
                frame(
                    0,
                    cpu=[
                        point(
                            groupby={
                                other: f"{n}" if other == name else "-"
                                for other in HOSTILE_NAMES
                            },
                        )
                        for n, name in enumerate(HOSTILE_NAMES)
                    ],
                ),
            ],
        )
        for number, name in enumerate(HOSTILE_NAMES):
            self.assertEqual(
                [(("-",), len(HOSTILE_NAMES) - 1), ((f"{number}",), 1)],
                [(groups, qty) for groups, qty, _ in self.sums([name])],
                name,
            )
            self.assertEqual(
                [((), 1, 1)],
                self.sums(filters={name: [f"{number}"]}),
                name,
            )

    def test_hostile_attribute_values(self):
        values = [*HOSTILE, "", "y" * 3000 + "1", "y" * 3000 + "2"]
        self.replace(
            "p1",
            hours(0, 1),
            [
                frame(
                    0,
                    cpu=[
                        point(**{kind: {"name": value}}, price=n)
                        for n, value in enumerate(values)
                        for kind in ("groupby", "metadata")
                    ],
                )
            ],
        )
        self.assertEqual(
            [((v,), D(2), D(2 * values.index(v))) for v in sorted(values)],
            self.sums(["name"]),
        )
        for number, value in enumerate(values):
            self.assertEqual(
                [((), D(2), D(2 * number))],
                self.sums(filters={"name": [value]}),
                value,
            )
        [got] = self.retrieve("p1").frames
        self.assertEqual(
            values, [p.groupby["name"] for p in got.usage["cpu"][::2]]
        )

    def test_text_that_databases_reject(self):
        self.replace(
            "p1",
            hours(0, 1),
            [
                frame(
                    0,
                    cpu=[
                        point(
                            groupby={"a\0": "x\0y"},
                            metadata={"b": "\ud800"},
                            unit="\0",
                        )
                    ],
                )
            ],
        )
        [got] = self.retrieve("p1").frames
        self.assertEqual(
            point(
                groupby={"a\ufffd": "x\ufffdy"},
                metadata={"b": "\ufffd"},
                unit="\ufffd",
            ),
            got.usage["cpu"][0],
        )
        self.assertEqual(
            [(("x\ufffdy", "\ufffd"), 1, 1)],
            self.sums(["a\0", "b"], filters={"a\0": ["x\0y"]}),
        )

    # Money.

    def test_exact_numbers(self):
        tiny = "0." + "0" * 27 + "1"
        for numbers, expected in (
            ([tiny], tiny),
            ([tiny] * 3, tiny[:-1] + "3"),
            (["0.1"] * 10, "1"),
            (["9" * 36 + "." + "9" * 28, tiny], "1" + "0" * 36),
            (["1" + "0" * 30, tiny, "-1" + "0" * 30], tiny),
            (["-5", "5"], "0"),
            (["1e30", "2.50"], "1" + "0" * 29 + "2.5"),
            (
                ["1.23456789012345678901234567895"],
                "1.234567890123456789012345679",
            ),
            (
                ["0.00000001234567890123456789"] * 2,
                "0.00000002469135780246913578",
            ),
            (["0E-28", "0"], "0"),
        ):
            points = [point(n, n) for n in numbers]
            self.replace("p1", hours(0, 1), [frame(0, cpu=points)])
            [(_, qty, rate)] = self.sums()
            self.assertEqual(
                (expected, expected), (str_of(qty), str_of(rate)), numbers
            )
            [(_, qty, rate)] = self.sums(["id"])
            self.assertEqual(
                (expected, expected), (str_of(qty), str_of(rate)), numbers
            )
            [got] = self.retrieve("p1").frames
            if len(numbers) == 1:
                self.assertEqual(expected, str_of(got.usage["cpu"][0].price))

    def test_too_large_sums_are_refused(self):
        points = [point("9" * 37), point("9" * 37)]
        self.replace("p1", hours(0, 1), [frame(0, cpu=points)])
        self.assertRaises(base.StorageError, self.sums)
        self.assertEqual(2, self.retrieve().total)


def str_of(number):
    """Return the digits of a number: 1 and 1.0 differ."""
    return format(number, "f")
