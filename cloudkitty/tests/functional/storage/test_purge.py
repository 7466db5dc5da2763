# SPDX-License-Identifier: Apache-2.0
"""The purge deletes exported old points and nothing else."""

import datetime
import decimal
import threading

from cloudkitty import dataframe
from cloudkitty.cli import dbsync
from cloudkitty.common import clock
from cloudkitty.db import facade
from cloudkitty.db import points
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.purging import points as purging
from cloudkitty.storage.purging import windows
from cloudkitty.storage.v2 import sqlalchemy as v2
from cloudkitty.storage.v2.sqlalchemy import bulk
from cloudkitty.storage.v2.sqlalchemy import purge
from cloudkitty.storage.v2.sqlalchemy import retrieve
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.functional.storage import export_case

BEGIN = export_case.BEGIN
OCTOBER = export_case.OCTOBER
HOUR = export_case.HOUR


class PurgeCase(export_case.ExportCase):
    def purge(self, *argv, month="2026-10"):
        return self.run_command(
            dbsync, "purge", f"--points-before={month}", *argv
        )

    def purge_exported(self, **more):
        return self.purge(f"--exported={self.exports}", **more)

    def change(self, name, begin, price="7"):
        """Replace the points of one hour of a scope."""
        frame = dataframe.DataFrame(begin, begin + HOUR)
        frame.add_point(usage.point(price=price), "cpu")
        self.storage.replace(new_scopes.make(name), frame.period, [frame])


@databases.on_each(name="TestRoundTrip", case=PurgeCase)
class RoundTrip:
    def test_export_purge_and_import(self):
        self.patch(windows, "CHUNK", 5)
        self.fill()
        before = self.rows()
        for month in ("2026-09", "2026-10"):
            self.export(month=month)
        code, out, err = self.purge_exported()
        self.assertEqual(0, code, err)
        self.assertIn("deleted 24 points of 2 scopes from 2026-09-30", out)
        self.assertEqual(before[12:24] + before[36:], self.rows())
        code, out, err = self.purge_exported(month="2026-11")
        self.assertEqual(0, code, err)
        self.assertEqual([], self.rows())
        self.assertEqual(6, self.count(points.RatedSeries))
        code, out, err = self.run_command(dbsync, "purge", "--orphans")
        self.assertEqual(0, code, err)
        self.assertIn("deleted 6 series and 2 scopes", out)
        self.assertEqual(0, self.count(points.RatedSeries))
        self.assertEqual(0, self.count(points.RatedScope))
        for _ in range(2):
            code, _, err = self.run_command(
                dbsync,
                "import-rated",
                "--from=export",
                f"--directory={self.exports}",
            )
            self.assertEqual(0, code, err)
            self.assertEqual(before, self.rows())
        # A finished import does not hide that the points are purged again.
        self.purge_exported(month="2026-11")
        self.assertEqual([], self.rows())
        self.assertEqual(0, self.import_export()[0])
        self.assertEqual(before, self.rows())


class TestPurge(PurgeCase):
    def setUp(self):
        super().setUp()
        self.fill()
        self.before = self.rows()

    def test_a_proof_is_needed(self):
        code, _, err = self.purge()
        self.assertEqual(1, code)
        self.assertIn("--without-export", err)
        code, _, err = self.purge_exported()
        self.assertEqual(1, code)
        self.assertIn("no manifest", err)
        self.assertEqual(2, self.purge("--exported=x", "--without-export")[0])
        code, _, err = self.purge("--without-export", month="2999-01")
        self.assertEqual(1, code)
        self.assertIn("has not begun", err)
        self.assertEqual(self.before, self.rows())

    def test_without_an_export(self):
        code, out, err = self.purge("--without-export", "--dry-run")
        self.assertEqual(0, code, err)
        self.assertIn("would look at 24 points of 2 scopes", out)
        self.assertEqual(self.before, self.rows())
        code, out, err = self.purge("--without-export")
        self.assertEqual(0, code, err)
        self.assertEqual(24, len(self.rows()))
        self.assertIn("points purged scope_id=p1", err)
        self.assertIn("points purged scopes=2", err)

    def test_a_month_that_is_not_exported(self):
        self.export(month="2026-10")
        code, out, _ = self.purge_exported()
        self.assertEqual(1, code)
        self.assertIn("kept 24 points of 2 scopes (p0, p1)", out)
        self.assertIn("in months 2026-09: no export of their months", out)
        self.assertEqual(self.before, self.rows())

    def test_points_that_changed_since_the_export(self):
        self.export()
        self.change("p1", BEGIN + HOUR)
        code, out, _ = self.purge_exported()
        self.assertEqual(1, code)
        self.assertIn("deleted 12 points of 1 scopes", out)
        self.assertIn("kept 10 points of 1 scopes (p1)", out)
        self.assertIn("not those of the export", out)
        self.assertEqual(12 + 10 + 12, len(self.rows()))

    def test_the_points_are_compared_and_not_the_sums_of_days(self):
        day = datetime.timedelta(days=1)
        for begin in (OCTOBER - 2 * day, OCTOBER - day):
            self.change("p5", begin)
        self.export()
        table = points.RatedPoint.__table__
        with self.database.engine.begin() as connection:
            # As a writer of an earlier release does.
            changed = connection.execute(
                table.update()
                .where(table.c.begin == OCTOBER - 2 * day)
                .values(price=decimal.Decimal(8))
            )
        self.assertEqual(1, changed.rowcount)
        code, out, _ = self.purge_exported()
        self.assertEqual(1, code)
        self.assertIn("kept 2 points of 1 scopes (p5)", out)

    def test_points_that_came_after_the_export(self):
        self.export()
        self.fill("p2")
        self.change("p0", BEGIN - HOUR)
        code, out, _ = self.purge_exported()
        self.assertEqual(1, code)
        self.assertIn("kept 25 points of 2 scopes (p0, p2)", out)
        self.assertEqual(72 + 1 - 12, len(self.rows()))

    def test_an_interrupted_purge_is_repeated(self):
        self.patch(windows, "CHUNK", 3)
        self.export()
        delete = purge.delete
        calls = []

        def fail(*args):
            calls.append(args)
            if len(calls) == 3:
                raise storage_base.StorageError("gone")
            return delete(*args)

        self.patch(purge, "delete", fail)
        code, _, err = self.purge_exported()
        self.assertEqual(1, code)
        self.assertIn("points=6", err)
        self.assertEqual(48 - 6, len(self.rows()))
        self.patch(purge, "delete", delete)
        self.assertEqual(0, self.purge_exported()[0])
        self.assertEqual(24, len(self.rows()))

    def test_points_that_an_unfinished_task_covers(self):
        new = new_tasks.make("p0", OCTOBER - HOUR, 3)
        self.database.write(
            lambda session: new_tasks.insert(
                session, [new], clock.SystemClock().now()
            )
        )
        code, out, _ = self.purge("--without-export")
        self.assertEqual(1, code)
        self.assertIn("kept 12 points of 1 scopes (p0)", out)
        self.assertIn("unfinished tasks", out)
        self.assertEqual(36, len(self.rows()))

    def test_a_period_that_ends_later_is_kept(self):
        frame = dataframe.DataFrame(OCTOBER - HOUR, OCTOBER + HOUR)
        frame.add_point(usage.point(), "cpu")
        self.storage.replace(new_scopes.make("p1"), frame.period, [frame])
        self.assertEqual(0, self.purge("--without-export")[0])
        left = [row[2] for row in self.rows() if row[0] == "p1"]
        self.assertEqual("2026-09-30 23:00:00+00:00", left[0])
        self.assertEqual(1 + 9, len(left))

    def test_orphans_that_are_used_are_kept(self):
        self.purge("--without-export")
        code, out, _ = self.run_command(
            dbsync, "purge", "--orphans", "--dry-run"
        )
        self.assertIn("would delete 0 series and 0 scopes", out)
        self.storage.delete(new_scopes.make("p0"), storage_base.EVER)
        code, out, _ = self.run_command(
            dbsync, "purge", "--orphans", "--dry-run"
        )
        self.assertIn("would delete 3 series and 1 scopes", out)
        self.assertEqual(6, self.count(points.RatedSeries))
        code, out, _ = self.run_command(dbsync, "purge", "--orphans")
        self.assertEqual(0, code)
        self.assertEqual(3, self.count(points.RatedSeries))
        self.assertEqual(1, self.count(points.RatedScope))

    def test_another_storage(self):
        for option in ("--points-before=2026-10", "--orphans"):
            code, _, err = self.run_command(
                dbsync,
                "purge",
                option,
                *(["--without-export"] if "points" in option else []),
                storage={"version": 1},
            )
            self.assertEqual(1, code)
            self.assertIn("[storage] version = 2", err)

    def test_points_that_are_purged_during_a_read(self):
        """The read fails, and does not return wrong points."""
        find = retrieve._series

        def purge_first(session, ids):
            other = v2.SQLAlchemyStorage(self.conf, facade.Database(self.conf))
            self.addCleanup(other.database.dispose)
            thread = threading.Thread(target=self.purge_all, args=[other])
            thread.start()
            thread.join()
            session.rollback()
            return find(session, ids)

        self.patch(retrieve, "_series", purge_first)
        self.assertRaisesRegex(
            storage_base.StorageError,
            "purged while they were read",
            self.storage.retrieve,
            export_case.QUERY,
        )

    def purge_all(self, storage):
        for name in ("p0", "p1"):
            storage.delete(new_scopes.make(name), storage_base.EVER)
        for _ in purge.orphans(storage.points_database, dry_run=False):
            pass


class TestOwnDatabase(PurgeCase):
    """The points are in a database of their own."""

    def test_export_purge_and_import(self):
        own = {"connection": f"sqlite:///{self.folder}/points.sqlite"}
        self.conf.set_override(*own.popitem(), group="storage_sqlalchemy")
        own = {"connection": self.conf.storage_sqlalchemy.connection}
        self.storage = v2.SQLAlchemyStorage(self.conf, self.database)
        self.addCleanup(self.storage.close)
        self.storage.init()
        self.fill()
        before = self.storage.retrieve(export_case.QUERY)
        groups = {"storage_sqlalchemy": own}
        self.assertEqual(0, self.export(**groups)[0])
        self.change("p1", BEGIN)
        argv = ["--points-before=2026-10", f"--exported={self.exports}"]
        code, out, err = self.run_command(dbsync, "purge", *argv, **groups)
        self.assertEqual(1, code, err)
        self.assertIn("deleted 12 points of 1 scopes", out)
        self.assertIn("kept 10 points of 1 scopes (p1)", out)
        code, out, err = self.run_command(
            dbsync, "purge", "--orphans", **groups
        )
        self.assertIn("deleted 0 series and 0 scopes", out)
        code, _, err = self.run_command(
            dbsync,
            "import-rated",
            "--from=export",
            f"--directory={self.exports}",
            "--overwrite",
            **groups,
        )
        self.assertEqual(0, code, err)
        self.assertEqual(before, self.storage.retrieve(export_case.QUERY))


class Writer(threading.Thread):
    """Replaces hours of one scope, each time with series of their own.

    Each third hour is before October, each third one is emptied again.
    """

    def __init__(self, storage, name, rounds):
        super().__init__()
        self.storage, self.scope = storage, new_scopes.make(name)
        self.rounds = rounds
        #: Beginning of an hour to the attribute of its point.
        self.written = {}
        self.errors = []

    def run(self):
        try:
            for number in range(1, self.rounds + 1):
                self.write(number)
        except Exception as error:
            self.errors.append(error)

    def write(self, number):
        hours = -number if number % 3 == 0 else number
        begin = OCTOBER + hours * HOUR
        frame = dataframe.DataFrame(begin, begin + HOUR)
        # The series of a number comes back after the purge of an old hour.
        name = f"i-{number % 7}"
        frame.add_point(usage.point(groupby={"id": name}), "cpu")
        window = frame.period
        self.storage.replace(self.scope, window, [frame])
        if number % 3 == 1:
            self.storage.replace(self.scope, window, [])
        elif hours > 0:
            self.written[begin] = name


@databases.on_each(name="TestBesideWriters", case=PurgeCase)
class BesideWriters:
    """Points are purged and orphans deleted while two writers write."""

    rounds = 60

    def test_nothing_is_lost(self):
        stores = [
            v2.SQLAlchemyStorage(self.conf, facade.Database(self.conf))
            for _ in range(3)
        ]
        for store in stores:
            self.addCleanup(store.database.dispose)
        now = clock.SystemClock().now()
        self.database.write(
            lambda session: [
                scope_updates.create(session, new_scopes.make(name), now)
                for name in ("p0", "p1")
            ]
        )
        writers = [
            Writer(store, name, self.rounds)
            for store, name in zip(stores, ("p0", "p1"), strict=False)
        ]
        for writer in writers:
            writer.start()
        work = purging.PointsPurge(
            self.conf, stores[2].database, stores[2], OCTOBER, None
        )
        series = deleted = 0
        alive = True
        while alive:
            # Once more after the end of the writers.
            alive = any(writer.is_alive() for writer in writers)
            for name in work.scope_ids():
                deleted += work.purge(name).deleted
            for found in purge.orphans(
                stores[2].points_database, dry_run=False
            ):
                series += found.series
        for writer in writers:
            writer.join()
            self.assertEqual([], writer.errors)
        self.assertEqual(2 * (self.rounds // 3), deleted)
        self.assertTrue(series)
        for writer in writers:
            found = self.storage.retrieve(
                storage_base.Query(
                    window=storage_base.EVER,
                    filters={"project_id": [writer.scope.identifier]},
                )
            )
            stored = {
                frame.start: point.groupby["id"]
                for frame in found.frames
                for _, point in frame.iterpoints()
            }
            self.assertEqual(writer.written, stored)


@databases.on_each(name="TestSeriesOfAWriter", case=PurgeCase)
class SeriesOfAWriter:
    def test_a_series_that_a_writer_has_found_is_kept(self):
        """It has no point until the writer's transaction ends."""
        self.fill("p0")
        before = self.rows()
        self.storage.delete(new_scopes.make("p0"), storage_base.EVER)
        other = facade.Database(self.conf)
        self.addCleanup(other.dispose)
        insert = bulk.insert
        found = []
        thread = threading.Thread(
            target=lambda: found.extend(purge.orphans(other, dry_run=False))
        )

        def insert_late(*args):
            if not thread.is_alive():
                thread.start()
            thread.join(1)
            found.append(thread.is_alive())
            insert(*args)

        self.patch(bulk, "insert", insert_late)
        self.fill("p0")
        thread.join()
        self.assertEqual([True, (0, 0, 1)], found)
        self.assertEqual(before, self.rows())


class TestPieces(base.TestCase):
    def split(self, *rows, before=OCTOBER):
        """Split periods given by beginning and end in hours, and points."""
        made = [
            storage_base.Period(BEGIN + b * HOUR, BEGIN + e * HOUR, points)
            for b, e, points in rows
        ]
        return [
            (
                (piece.begin - BEGIN) // HOUR,
                (piece.last - BEGIN) // HOUR,
                (piece.end - BEGIN) // HOUR,
                piece.points,
            )
            for piece in windows.split(made, before)
        ]

    def test_pieces(self):
        most = windows.CHUNK
        self.assertEqual([], self.split())
        self.assertEqual(
            [(0, 1, 2, most), (2, 2, 3, most + 1), (3, 3, 4, 1)],
            self.split(
                (0, 1, 1), (1, 2, most - 1), (2, 3, most + 1), (3, 4, 1)
            ),
        )

    def test_months_are_apart(self):
        later = OCTOBER + datetime.timedelta(days=31)
        self.assertEqual(
            [(3, 3, 4, 1), (4, 5, 6, 2)],
            self.split((3, 4, 1), (4, 5, 1), (5, 6, 1), before=later),
        )

    def test_two_lengths_stay_together(self):
        self.patch(windows, "CHUNK", 1)
        self.assertEqual(
            [(0, 0, 2, 2), (1, 1, 2, 1)],
            self.split((0, 1, 1), (0, 2, 1), (1, 2, 1)),
        )

    def test_the_first_period_that_ends_later_is_the_limit(self):
        self.assertEqual(
            [(0, 0, 1, 1)],
            self.split((0, 1, 1), (2, 3, 1), (2, 9, 1), (3, 4, 1)),
        )
