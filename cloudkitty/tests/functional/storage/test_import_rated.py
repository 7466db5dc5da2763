# SPDX-License-Identifier: Apache-2.0
"""The import of upstream's table, killed, repeated and refused."""

import contextlib
import datetime
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import fixtures

from cloudkitty.cli import dbsync
from cloudkitty.cli import status
from cloudkitty.cli import storage_init
from cloudkitty.common import clock
from cloudkitty.db import facade
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.importing import importer
from cloudkitty.storage.importing import pieces
from cloudkitty.storage.v1 import sqlalchemy as v1
from cloudkitty.storage.v2 import sqlalchemy as v2
from cloudkitty.tasks import accept
from cloudkitty.tasks import request as task_request
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.contract.storage_sqlalchemy_v1 import upstream
from cloudkitty.tests.importing import __main__ as importing
from cloudkitty.tests.unit.cli import case

BEGIN = datetime.datetime(2026, 9, 29, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
QUERY = storage_base.Query(window=storage_base.EVER)
GROUPS = ["project_id", "type", "id", "time"]


class _Import(case.Case):
    backend = "sqlite"

    def setUp(self):
        super().setUp()
        self.url = databases.make_url(self, self.backend)
        self.conf = self.make_conf(database={"connection": self.url})
        self.database = facade.Database(self.conf)
        self.addCleanup(self.database.dispose)
        upstream.create(self.database)
        self.addCleanup(upstream.drop, self.database)
        self.old = v1.SQLAlchemyStorage(self.conf, self.database)
        self.new = v2.SQLAlchemyStorage(self.conf, self.database)

    def fill(self, scopes=2, hours=72, points=3):
        upstream.insert(
            self.database,
            *(
                upstream.row(
                    BEGIN + hour * HOUR,
                    f"p{scope}",
                    ("cpu", "ram")[number % 2],
                    rate=0.1 * number + 0.37 * scope,
                    desc=json.dumps({"id": f"i-{number}", "name": "é"}),
                )
                for scope in range(scopes)
                for hour in range(hours)
                for number in range(points)
            ),
            upstream.no_data(BEGIN),
        )

    def run_import(self, *argv):
        return self.run_command(dbsync, "import-rated", *argv)

    def assert_equal_sums(self):
        old = self.old.total(QUERY, GROUPS)
        self.assertTrue(old.total)
        self.assertEqual(old, self.new.total(QUERY, GROUPS))


class TestImport(_Import):
    def test_import_and_again(self):
        self.fill()
        code, out, _ = self.run_import("--dry-run")
        self.assertEqual(0, code)
        self.assertIn("432 points of 2 scopes in 4 months", out)
        self.assertTrue(self.new.empty())
        for _ in range(2):
            code, out, err = self.run_import()
            self.assertEqual(0, code, err)
            self.assertIn("set [storage] version = 2", out)
            self.assertIn("100%", err)
            self.assert_equal_sums()

    def test_rows_that_upstream_writes_later(self):
        self.fill()
        self.run_import()
        later = BEGIN + 72 * HOUR
        upstream.insert(self.database, upstream.row(later, "p1"))
        code, _, err = self.run_import()
        self.assertEqual(0, code, err)
        self.assert_equal_sums()

    def test_points_of_live_rating_stay(self):
        self.fill()
        window = usage.hours(0, 2)
        later = usage.frames(0, 2)
        self.new.replace(new_scopes.make("p1"), window, later)
        self.assertEqual(0, self.run_import()[0])
        self.assertEqual(432 + 4, self.new.retrieve(QUERY).total)

    def test_newer_points_are_not_overwritten(self):
        self.fill()
        inside = usage.frame(-31 * 24)
        inside.start = BEGIN + 5 * HOUR
        inside.end = BEGIN + 6 * HOUR
        inside.add_point(usage.point(price="77"), "cpu")
        self.new.replace(new_scopes.make("p1"), inside.period, [inside])
        code, _, err = self.run_import()
        self.assertEqual(1, code)
        for words in ("scope p1, 2026-09", "--overwrite", "not changed"):
            self.assertIn(words, err)
        self.assertEqual(1, self.new.retrieve(QUERY).total)
        self.assertEqual(0, self.run_import("--overwrite")[0])
        self.assert_equal_sums()

    def test_a_later_reprocess_is_kept(self):
        """A second run neither overwrites nor refuses it."""
        self.fill()
        self.run_import()
        period = usage.periods.Window(BEGIN, BEGIN + HOUR)
        self.new.replace(new_scopes.make("p0"), period, [])
        code, _, err = self.run_import()
        self.assertEqual(0, code, err)
        self.assertEqual(432 - 3, self.new.retrieve(QUERY).total)
        # Its month has changed on both sides.
        upstream.insert(self.database, upstream.row(BEGIN + HOUR, "p0"))
        self.assertEqual(1, self.run_import()[0])

    def test_a_difference_is_not_finished(self):
        self.fill(scopes=1)
        replace = v2.SQLAlchemyStorage.replace

        def lose(storage, scope, window, frames, **more):
            frames[0].usage.popitem()
            replace(storage, scope, window, frames, **more)

        self.addCleanup(setattr, v2.SQLAlchemyStorage, "replace", replace)
        v2.SQLAlchemyStorage.replace = lose
        code, _, err = self.run_import()
        self.assertEqual(1, code)
        for words in ("scope p0, 2026-09", "metric ram", "read", "stored"):
            self.assertIn(words, err)

    def test_no_rows(self):
        code, out, _ = self.run_import()
        self.assertEqual(0, code)
        self.assertIn("nothing to import", out)

    def test_goes_on_after_each_chunk(self):
        """Nothing is lost, and nothing is copied again."""
        self.fill(scopes=1, hours=20)
        self.useFixture(fixtures.MonkeyPatch(f"{pieces.__name__}.CHUNK", 15))
        replace = v2.SQLAlchemyStorage.replace
        begins = []

        def replace_once(storage, scope, window, frames, **more):
            if len(begins) % 2:
                begins.append(None)
                raise storage_base.StorageError("stop")
            replace(storage, scope, window, frames, **more)
            begins.append(frames[0].start)

        self.addCleanup(setattr, v2.SQLAlchemyStorage, "replace", replace)
        v2.SQLAlchemyStorage.replace = replace_once
        codes = [self.run_import()[0] for _ in range(4)]
        self.assertEqual([1, 1, 1, 0], codes)
        self.assert_equal_sums()
        self.assertEqual(
            [BEGIN + hour * HOUR for hour in range(0, 20, 5)],
            [begin for begin in begins if begin],
        )

    def test_two_lengths_of_one_period(self):
        self.fill(scopes=1, hours=2)
        end = BEGIN.replace(tzinfo=None) + 2 * HOUR
        upstream.insert(self.database, upstream.row(BEGIN, "p0", end=end))
        code, _, err = self.run_import()
        self.assertEqual(1, code)
        for words in ("scope p0, 2026-09", "two lengths", "2026-09-29"):
            self.assertIn(words, err)
        self.assertTrue(self.new.empty())


class Exclusion:
    """Processors that run during the import."""

    def setUp(self):
        super().setUp()
        self.fill(scopes=1, hours=6, points=1)
        self.scope = new_scopes.make("p0")
        with self.database.writer() as session:
            scope_updates.create(session, self.scope, BEGIN + 9 * HOUR)

    def accept(self, hour):
        """Post a task as the API does."""
        return accept.accept(
            self.database,
            clock.SystemClock(),
            3600,
            task_request.Request(
                scope_ids=["p0"],
                start_at=BEGIN + hour * HOUR,
                end_at=BEGIN + hour * HOUR,
                reason="price",
            ),
        )

    def finish_tasks(self):
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE storage_scope_reprocessing_schedule "
                "SET state = 'succeeded', "
                "current_reprocess_time = end_reprocess_time"
            )

    def rate(self, hour, price):
        """Replace the points of one period, as a processor of version 2."""
        frame = usage.frame(-31 * 24)
        frame.start = BEGIN + hour * HOUR
        frame.end = frame.start + HOUR
        frame.add_point(usage.point(price=price), "cpu")
        self.new.replace(self.scope, frame.period, [frame])

    def prices(self):
        return [str(row.rate) for row in self.new.total(QUERY, ["time"]).rows]

    def test_an_unfinished_task_refuses_the_import(self):
        self.accept(3)
        for argv in ((), ("--overwrite",), ("--dry-run",)):
            code, _, err = self.run_import(*argv)
            self.assertEqual(1, code)
            self.assertIn(" of scope p0: wait", err)
            self.assertIn("cancel", err)
        self.assertTrue(self.new.empty())
        self.finish_tasks()
        self.assertEqual(0, self.run_import()[0])
        self.assert_equal_sums()

    def interrupt(self, work):
        """Call ``work`` once, before the second chunk is written."""
        self.addCleanup(setattr, pieces, "CHUNK", pieces.CHUNK)
        pieces.CHUNK = 2
        store = importer.Importer._store
        calls = [work, lambda: None]

        def interrupted(*args):
            if calls:
                calls.pop()()
            return store(*args)

        self.addCleanup(setattr, importer.Importer, "_store", store)
        importer.Importer._store = interrupted

    def test_a_task_that_is_accepted_during_the_import(self):
        self.interrupt(lambda: self.accept(3))
        code, _, err = self.run_import()
        self.assertEqual(1, code)
        self.assertIn(" of scope p0: wait", err)
        self.assertEqual(2, len(self.prices()))

    def test_a_reprocess_that_ends_during_the_import_is_kept(self):
        self.interrupt(lambda: self.rate(3, "77"))
        code, _, err = self.run_import()
        self.assertEqual(1, code)
        self.assertIn("--overwrite", err)
        self.assertEqual(["77"], self.prices()[2:])
        # A second run neither.
        self.assertEqual(1, self.run_import()[0])
        self.assertEqual(["77"], self.prices()[2:])
        self.assertEqual(0, self.run_import("--overwrite")[0])
        self.assert_equal_sums()


class TestExclusion(Exclusion, _Import):
    """SQLite has one writer at a time."""


class TwoWriters(Exclusion):
    def test_an_acceptance_waits_for_the_chunk_that_is_written(self):
        """With two connections: the API and the import."""
        order = []
        replace = v2.SQLAlchemyStorage.replace
        threads = []

        def slow(storage, scope, window, frames, **more):
            thread = threading.Thread(target=post)
            threads.append(thread)
            thread.start()
            time.sleep(1)
            order.append("written")
            replace(storage, scope, window, frames, **more)

        def post():
            self.accept(3)
            order.append("accepted")

        self.addCleanup(setattr, v2.SQLAlchemyStorage, "replace", replace)
        v2.SQLAlchemyStorage.replace = slow
        code, _, err = self.run_import()
        [thread] = threads
        thread.join(60)
        self.assertEqual(0, code, err)
        self.assertEqual(["written", "accepted"], order)
        self.assert_equal_sums()


class TestExclusionOnMariaDB(TwoWriters, _Import):
    backend = "mariadb"


class TestExclusionOnPostgreSQL(TwoWriters, _Import):
    backend = "postgresql"


class TestHidden(_Import):
    def setUp(self):
        super().setUp()
        self.fill(scopes=1, hours=2)
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO cloudkitty_storage_states (identifier, "
                "last_processed_timestamp, active) VALUES ('p0', "
                "'2026-09-29 01:00:00.000000', 1)"
            )

    def test_storage_init_refuses_until_the_import(self):
        code, _, err = self.run_command(storage_init)
        self.assertEqual(1, code)
        self.assertIn("import-rated", err.splitlines()[-1])
        self.assertIn("allow_empty_history", err.splitlines()[-1])
        for storage in ({"version": 1}, {"allow_empty_history": "true"}):
            self.assertEqual(
                0, self.run_command(storage_init, storage=storage)[0]
            )
        self.assertEqual(0, self.run_import()[0])
        self.assertEqual(0, self.run_command(storage_init)[0])

    def result(self, **groups):
        _, out, _ = self.run_command(
            status, "upgrade", "check", "--json", **groups
        )
        [found] = (
            check
            for check in json.loads(out)["checks"]
            if check["check"] == "Rated history"
        )
        return found["result"], found["details"]

    def test_the_upgrade_check_names_the_command(self):
        result, details = self.result()
        self.assertEqual(2, result)
        self.assertIn("services will not start", details)
        self.assertEqual(1, details.count("import-rated"))
        allowed = {"allow_empty_history": "true"}
        result, details = self.result(storage=allowed)
        self.assertEqual(1, result)
        self.assertIn("import-rated", details)
        self.assertEqual(0, self.result(storage={"version": 1})[0])
        self.run_import()
        self.assertEqual(0, self.result()[0])
        # The other way round.
        self.assertEqual(1, self.result(storage={"version": 1})[0])
        upstream.insert(self.database, upstream.row(BEGIN + 9 * HOUR, "p0"))
        self.assertEqual(1, self.result()[0])


class TestCampaign(base.TestCase):
    def test_a_small_campaign(self):
        """``tests/importing`` in a size that takes seconds."""
        argv = ["sqlite", "--rows", "15000", "--kills", "2"]
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = importing.main(argv)
        self.assertEqual(0, code, out.getvalue())
        self.assertIn("all sums are equal", out.getvalue())


class _Killed(_Import):
    def test_ten_kills(self):
        self.fill(scopes=3, hours=200, points=20)
        conf = self.folder / "killed.conf"
        conf.write_text(f"[database]\nconnection = {self.url}\n")
        chance = random.Random(15)
        kills = 0
        while True:
            code = self.attempt(conf, chance.random() if kills < 10 else None)
            if code == 0:
                break
            self.assertEqual(-signal.SIGKILL, code)
            kills += 1
        self.assertEqual(10, kills)
        self.assert_equal_sums()

    def attempt(self, conf, share):
        """Run the import; kill it after a chunk, or let it end."""
        program = (
            "import sys\n"
            "from cloudkitty.storage.importing import pieces\n"
            "pieces.CHUNK = 200\n"
            "from cloudkitty.cli import dbsync\n"
            "sys.exit(dbsync.main())\n"
        )
        before = self.copied()
        process = subprocess.Popen(
            [sys.executable, "-c", program, f"--config-file={conf}"]
            + ["import-rated"],
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if share is None:
            return process.wait(300)
        deadline = time.monotonic() + 120
        while self.copied() == before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(share / 20)
        process.send_signal(signal.SIGKILL)
        return process.wait(60)

    def copied(self):
        with self.database.engine.connect() as connection:
            return connection.exec_driver_sql(
                "SELECT count(*) FROM cloudkitty_rated_points"
            ).scalar_one()


class TestKilledOnMariaDB(_Killed):
    backend = "mariadb"
