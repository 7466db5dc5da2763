# SPDX-License-Identifier: Apache-2.0
"""Options, texts and exit codes of ``cloudkitty-dbsync purge``."""

import datetime
import os

from cloudkitty.cli import dbsync
from cloudkitty.common import clock
from cloudkitty.db import facade
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import models as task_models
from cloudkitty.orchestrator import locks
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests.unit.cli import case

DAY = datetime.timedelta(days=1)


class TestPurge(case.Case):
    def setUp(self):
        super().setUp()
        self.run_command(dbsync, "upgrade")
        self.conf = self.make_conf(database={"connection": self.url})
        self.database = facade.Database(self.conf)
        self.addCleanup(self.database.dispose)
        self.now = clock.SystemClock().now()

    def purge(self, *argv, **groups):
        return self.run_command(dbsync, "purge", *argv, **groups)

    def add_task(self, name, **values):
        def work(session):
            new = new_tasks.make(name, self.now - 60 * DAY)
            new_tasks.insert(session, [new], self.now)
            task = session.query(task_models.Reprocess).order_by(
                task_models.Reprocess.id.desc()
            )
            for key, value in values.items():
                setattr(task[0], key, value)

        self.database.write(work)

    def test_nothing_is_deleted_by_default(self):
        code, _, err = self.purge()
        self.assertEqual(1, code)
        self.assertIn("no option names what to delete", err)

    def test_tasks(self):
        old = self.now - 40 * DAY
        self.add_task("a", state="succeeded", finished_at=old)
        self.add_task("b", state="failed", finished_at=self.now)
        self.add_task("c", state="succeeded")
        code, out, err = self.purge("--tasks-older-than=30", "--dry-run")
        self.assertEqual(0, code, err)
        self.assertIn("would delete 1 tasks", out)
        self.assertIn("1 finished tasks have no time of their end", out)
        code, out, err = self.purge("--tasks-older-than=30")
        self.assertEqual(0, code, err)
        self.assertIn("deleted 1 tasks, 0 events, 0 totals", out)
        self.assertIn("100%", err)
        self.assertIn("deleted 0 tasks", self.purge("--tasks-older-than=7")[1])

    def test_an_age_below_that_of_request_keys(self):
        code, _, err = self.purge("--tasks-older-than=6")
        self.assertEqual(2, code)
        self.assertIn("less than 7 days", err)

    def test_lock_files(self):
        folder = self.make_folder()
        url = {"coordination_url": f"file://{folder}"}
        self.database.write(
            lambda session: scope_updates.create(
                session, new_scopes.make("known"), self.now
            )
        )
        self.add_task("task", state="scheduled")
        names = locks.LockNames(self.conf)
        for name in ("known", "task", "gone"):
            path = folder / names.of_scope(name).decode()
            path.touch()
            os.utime(path, (0, 0))
        groups = {"orchestrator": url}
        _, out, _ = self.purge("--lock-files", "--dry-run", **groups)
        self.assertIn("would remove 1 lock files", out)
        code, out, err = self.purge("--lock-files", **groups)
        self.assertEqual(0, code, err)
        self.assertIn("removed 1 lock files, kept 2", out)
        self.assertFalse((folder / names.of_scope("gone").decode()).exists())
        self.assertEqual(2, len(os.listdir(folder)))

    def test_no_lock_files(self):
        for url, words in (
            ("redis://127.0.0.1", "not file://"),
            (f"file://{self.folder}/none", "No such file"),
        ):
            code, _, err = self.purge(
                "--lock-files", orchestrator={"coordination_url": url}
            )
            self.assertEqual(1, code)
            self.assertIn(words, err)
