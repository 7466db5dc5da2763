# SPDX-License-Identifier: Apache-2.0
"""Tests of the reports of a process."""

import os
import time

from cloudkitty import conf as ck_conf
from cloudkitty.common import periods
from cloudkitty.common import reports
from cloudkitty.orchestrator import at_work
from cloudkitty.tests import base


class TestReports(base.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.make_folder()
        self.conf = ck_conf.make([], [])
        self.set("oslo_reports", log_dir=str(self.folder))

    def set(self, group, **values):
        for name, value in values.items():
            self.conf.set_override(name, value, group)

    def written(self):
        return [path.read_text() for path in self.folder.iterdir()]

    def test_secrets(self):
        self.set(
            "collector_prometheus",
            prometheus_url="http://u:pl@nted@host/api/v1",
            prometheus_password="planted",
        )
        self.set("database", connection="mysql://u:planted@host/db")
        self.set("orchestrator", coordination_url="redis://:planted@host")
        self.set("fetcher_source", sources=["a", "http://u:planted@b"])
        reports.write(
            self.conf, "x", lambda: {"url": "http://u:planted@host?password=x"}
        )
        (text,) = self.written()
        self.assertNotIn("planted", text)
        self.assertNotIn("pl@nted", text)
        self.assertIn("http://***@host/api/v1", text)
        for title in ("Package", "Work", "Threads", "Processes", "Config"):
            self.assertIn(title, text)

    def test_an_error_does_not_end_the_process(self):
        reports.write(self.conf, "x", lambda: 1 // 0)
        self.set("oslo_reports", log_dir=str(self.folder / "missing"))
        reports.write(self.conf, "x")
        self.assertEqual([], self.written())

    def test_no_link_is_followed(self):
        target = self.make_folder() / "target"
        now = time.time()
        for second in range(20):
            stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(now + second))
            link = f"x-{os.getpid()}_gurumeditation_{stamp}"
            (self.folder / link).symlink_to(target)
        reports.write(self.conf, "x")
        self.assertFalse(target.exists())

    def test_a_touched_file(self):
        watched = self.make_folder() / "touch"
        self.assertFalse(reports.watch(self.conf, "x"))
        self.set(
            "oslo_reports",
            file_event_handler=str(watched),
            file_event_handler_interval=0.05,
        )
        self.assertTrue(reports.watch(self.conf, "x"))
        watched.touch()
        os.utime(watched, (time.time() + 5, time.time() + 5))
        deadline = time.monotonic() + 30
        while not self.written() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(1, len(self.written()))


class _Task:
    def __init__(self, task_id):
        self.id = task_id
        self.scope_id = f"scope{task_id}"


class _Pipeline:
    chunk = None


class TestAtWork(base.TestCase):
    def test_states(self):
        work = at_work.AtWork()
        idle = {"state": "waits for the next look"}
        self.assertEqual(idle, work.describe())
        window = periods.Window(
            base.utc("2026-01-01T00:00"), base.utc("2026-01-02T00:00")
        )
        with work.working():
            self.assertEqual({"state", "since"}, set(work.describe()))
            pipeline = _Pipeline()
            with work.on_tasks([_Task(number) for number in range(25)]):
                work.on_window(pipeline, ["a", "b"], window)
                pipeline.chunk = window
                found = work.describe()
            self.assertEqual(25, found["tasks"])
            self.assertEndsWith("'19', ...", found["task_id"])
            self.assertEqual("'a', 'b'", found["scope_id"])
            self.assertEqual(
                "2026-01-01T00:00:00+00:00 to 2026-01-02T00:00:00+00:00",
                found["chunk"],
            )
            self.assertNotIn("tasks", work.describe())
            del pipeline
            self.assertEqual({"state", "since"}, set(work.describe()))
        self.assertEqual(idle, work.describe())

    def assertEndsWith(self, end, text):  # noqa: N802 - as in unittest
        self.assertTrue(text.endswith(end), text)
