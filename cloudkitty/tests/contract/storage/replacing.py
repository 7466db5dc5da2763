# SPDX-License-Identifier: Apache-2.0
"""Replacing and deleting the points of a window."""

import datetime

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.storage import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage


class Replacing(case.StorageCase):
    """Tests of ``replace`` and ``delete``."""

    def test_frames_are_returned_unchanged(self):
        put = dataframe.DataFrame(
            usage.hours(0, 1).begin,
            usage.hours(0, 1).end,
            {
                "cpu": [
                    usage.point(
                        "1.5", "0.25", {"id": "1", "b": "2"}, {"c": "3"}
                    )
                ],
                "ram": [usage.point("2", "3"), usage.point("4", "0")],
            },
        )
        self.replace("p1", usage.hours(0, 1), [put])
        [put] = self.kept([put])
        self.assertEqual(
            base.Frames(total=3, frames=[put]), self.retrieve("p1")
        )
        [got] = self.retrieve("p1").frames
        self.assertEqual(
            repr(list(put.iterpoints())), repr(list(got.iterpoints()))
        )

    def test_replacing_twice_is_idempotent(self):
        self.replace("p1", usage.hours(0, 3), usage.frames(0, 3))
        before = self.retrieve("p1")
        for _ in range(2):
            self.replace("p1", usage.hours(0, 3), usage.frames(0, 3))
            self.assertEqual(before, self.retrieve("p1"))
        self.assertEqual(6, before.total)

    def test_old_points_of_any_shape_are_deleted(self):
        self.replace(
            "p1",
            usage.hours(0, 2),
            [
                usage.frame(
                    0, cpu=[usage.point()] * 5, ram=[usage.point(unit="MiB")]
                ),
                usage.frame(1, disk=[usage.point(groupby={"id": "x"})]),
            ],
        )
        new = [usage.frame(0, cpu=[usage.point(price="7")])]
        self.replace("p1", usage.hours(0, 2), new)
        self.assertEqual(
            base.Frames(total=1, frames=self.kept(new)), self.retrieve("p1")
        )

    def test_no_frames_delete_the_window(self):
        self.replace("p1", usage.hours(0, 3), usage.frames(0, 3))
        self.replace("p1", usage.hours(0, 2), [usage.frame(0)])
        self.assertEqual(
            self.kept(usage.frames(2, 3)), list(self.retrieve("p1").frames)
        )
        self.replace("p1", usage.hours(0, 3), [])
        self.assertEqual(0, self.retrieve("p1").total)

    def test_times_of_any_year(self):
        for year in self.years:
            begin = datetime.datetime(year, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)
            end = begin + datetime.timedelta(hours=1)
            put = dataframe.DataFrame(begin, end, {"cpu": [usage.point()]})
            window = periods.Window(begin, end)
            self.replace("p1", window, [put])
            found = self.storage.retrieve(base.Query(window=window))
            with self.subTest(year=year):
                self.assertEqual(self.kept([put]), list(found.frames))

    def test_other_years_are_refused(self):
        for year in self.refused_years:
            begin = datetime.datetime(year, 2, 3, tzinfo=datetime.UTC)
            window = periods.Window(begin, begin + datetime.timedelta(hours=1))
            put = dataframe.DataFrame(
                window.begin, window.end, {"cpu": [usage.point()]}
            )
            self.assertRaises(
                base.Unstorable, self.replace, "p1", window, [put]
            )
        self.assertEqual(0, self.retrieve().total)

    def test_frames_may_be_a_generator(self):
        self.replace("p1", usage.hours(0, 3), (f for f in usage.frames(0, 3)))
        self.assertEqual(
            self.kept(usage.frames(0, 3)), list(self.retrieve("p1").frames)
        )

    def test_the_window_is_half_open_over_beginnings(self):
        self.replace("p1", usage.hours(0, 4), usage.frames(0, 4, price="1"))
        self.replace("p1", usage.hours(1, 3), usage.frames(1, 3, price="10"))
        self.assertEqual(
            [2, 20, 20, 2],
            [rate for _, _, rate in self.sums(["time"])],
        )
        for window, expected in (
            (usage.hours(0, 1), 2),
            (usage.hours(0, 2), 22),
            (usage.hours(2, 4), 22),
            (usage.hours(4, 5), None),
            (usage.hours(-1, 0), None),
        ):
            self.assertEqual(expected, self.rate("p1", window))
        self.storage.delete(new_scopes.make("p1"), usage.hours(1, 3))
        self.assertEqual(
            self.kept([*usage.frames(0, 1), *usage.frames(3, 4)]),
            list(self.retrieve("p1").frames),
        )

    def test_a_longer_period_of_old_is_replaced_by_its_beginning(self):
        old = dataframe.DataFrame(
            usage.hours(0, 4).begin,
            usage.hours(0, 4).end,
            {"cpu": [usage.point(price="5")]},
        )
        self.replace("p1", usage.hours(0, 4), [old])
        self.replace("p1", usage.hours(1, 2), usage.frames(1, 2))
        self.assertEqual(usage.D(7), self.rate("p1"))
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        self.assertEqual(usage.D(4), self.rate("p1"))

    def test_some_metrics_only(self):
        self.replace(
            "p1",
            usage.hours(0, 1),
            [usage.frame(0, cpu=[usage.point()], ram=[usage.point()])],
        )
        self.replace(
            "p2", usage.hours(0, 1), [usage.frame(0, cpu=[usage.point()])]
        )
        new = [usage.frame(0, cpu=[usage.point(price="9")])]
        self.replace("p1", usage.hours(0, 1), new, metrics=["cpu", "disk"])
        self.assertEqual(
            [(("p1", "cpu"), 9), (("p1", "ram"), 1), (("p2", "cpu"), 1)],
            [(g, rate) for g, _, rate in self.sums(["project_id", "type"])],
        )
        self.replace("p1", usage.hours(0, 1), [], metrics=["CPU", "cpu "])
        self.replace("p1", usage.hours(0, 1), [], metrics=[])
        self.assertEqual(usage.D(10), self.rate("p1"))
        self.storage.delete(
            new_scopes.make("p1"), usage.hours(0, 1), metrics=["ram"]
        )
        self.replace(
            "p1", usage.hours(0, 1), [usage.frame(0)], metrics={"ram"}
        )
        self.assertEqual(usage.D(9), self.rate("p1"))

    def test_wrong_frames_are_refused_before_anything_is_written(self):
        self.replace("p1", usage.hours(0, 3), usage.frames(0, 3))
        before = self.retrieve()
        wide = dataframe.DataFrame(
            usage.hours(0, 4).begin, usage.hours(0, 4).end
        )
        for wrong, more in (
            (usage.frames(2, 4), {}),
            (usage.frames(-1, 1), {}),
            ([*usage.frames(0, 1), *usage.frames(0, 1)], {}),
            ([wide], {}),
            (usage.frames(0, 1), {"metrics": ["ram"]}),
            (usage.frames(0, 1), {"metrics": []}),
        ):
            self.assertRaises(
                ValueError,
                self.replace,
                "p1",
                usage.hours(0, 3),
                wrong,
                **more,
            )
        for number in ("NaN", "-Infinity", "1e38"):
            for which in ("qty", "price"):
                wrong = [
                    usage.frame(0, cpu=[usage.point(price="5")]),
                    usage.frame(1, cpu=[usage.point(**{which: number})]),
                ]
                self.assertRaises(
                    base.Unstorable,
                    self.replace,
                    "p1",
                    usage.hours(0, 3),
                    wrong,
                )
        self.assertEqual(before, self.retrieve())

    def test_writes_need_a_scope(self):
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        for invalid in (None, "", "p1"):
            self.assertRaises(
                TypeError, self.storage.delete, invalid, usage.hours(0, 1)
            )
            self.assertRaises(
                TypeError, self.storage.replace, invalid, usage.hours(0, 1), []
            )
        self.assertRaises(
            TypeError, self.storage.delete, window=usage.hours(0, 1)
        )
        self.assertEqual(2, self.retrieve().total)

    def test_twenty_thousand_points(self):
        points = [
            usage.point(price=f"0.{n:05}1", groupby={"id": f"i-{n}"})
            for n in range(10000)
        ]
        both = [usage.frame(0, cpu=points), usage.frame(1, cpu=points)]
        for _ in range(2):
            self.replace("p1", usage.hours(0, 2), both)
        self.assertEqual(
            [((), usage.D(20000), usage.D("999.92"))], self.sums()
        )
        page = self.retrieve("p1", offset=9999, limit=2)
        self.assertEqual(20000, page.total)
        self.assertEqual(
            self.kept(
                [
                    usage.frame(0, cpu=points[-1:]),
                    usage.frame(1, cpu=points[:1]),
                ]
            ),
            list(page.frames),
        )
