# SPDX-License-Identifier: Apache-2.0
"""Signals to the processes of a processor."""

import os
import pathlib
import signal

from cloudkitty.tests import base
from cloudkitty.tests.functional.orchestrator import deployment

REPORTS = """
[oslo_reports]
log_dir = {folder}
"""


def parents():
    """Return the parent of each process, by process id."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(path.parent.name)] = int(fields[1])
    return found


class SignalTestCase(base.TestCase):
    def make(self, more="", **options):
        self.place = deployment.Deployment(self, **{"hours": 2, **options})
        with self.place.config.open("a") as file:
            file.write(more)
        self.place.set_price(1)
        self.metrics = self.place.folder / "metrics.yml"
        self.processor = self.place.start()
        self.place.wait_until_rated()
        return self.place

    def workers(self):
        """Return the ids of the worker processes."""
        pid = self.processor.process.pid
        return {child for child, parent in parents().items() if parent == pid}

    def hang_up(self):
        """Send SIGHUP to the first process; wait for the new workers."""
        before = self.workers()
        started = self.place.log_text().count("worker started")
        self.processor.process.send_signal(signal.SIGHUP)
        self.place.wait_for(
            "the restart of the workers",
            lambda: (
                len(self.workers()) == len(before)
                and not self.workers() & before
                and self.place.log_text().count("worker started")
                >= started + len(before)
            ),
        )


class TestReports(SignalTestCase):
    def check_alive(self, workers):
        self.assertIsNone(self.processor.process.poll())
        self.assertEqual(workers, self.workers())

    def test_each_process_reports_and_continues(self):
        place = self.make()
        workers = self.workers()
        self.assertEqual(2, len(workers))
        count = 0
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            for pid in (self.processor.process.pid, *workers):
                os.kill(pid, number)
                count += 1
                place.wait_for(
                    "a report",
                    lambda: (
                        place.log_text().count("Guru Meditation") == count  # noqa: B023
                    ),
                )
        text = place.log_text()
        for words in (
            "cloudkitty-processor (pid ",
            "cloudkitty-processor rating 0 (pid ",
            "cloudkitty-processor reprocessing 0 (pid ",
            "state = waits for the next look",
            "orchestrator.lease_seconds = 2",
            # A thread of a worker.
            "orchestrator/loop.py",
        ):
            self.assertIn(words, text)
        self.check_alive(workers)
        place.wait_until_done(place.schedule("project-a", place.window))

    def test_current_task_and_period(self):
        folder = self.make_folder()
        place = self.make(
            REPORTS.format(folder=folder), hours=168, chunk_points=10
        )
        task_id = place.schedule("project-a", place.window)
        place.wait_for(
            "the first chunks",
            lambda: (
                place.task(task_id).state == "succeeded"
                or place.task(task_id).periods_done
            ),
        )
        workers = self.workers()
        for pid in workers:
            os.kill(pid, signal.SIGUSR2)
        place.wait_for("reports", lambda: len(list(folder.iterdir())) == 2)
        place.wait_for(
            "their end", lambda: place.log_text().count("report written") == 2
        )
        (path,) = folder.glob("cloudkitty-processor-reprocessing-0-*")
        self.assertIn("_gurumeditation_", path.name)
        self.assertEqual(0o640, path.stat().st_mode & 0o777)
        text = path.read_text()
        for words in (
            "state = at work",
            f"task_id = '{task_id}'",
            "task_scope_id = 'project-a'",
            "scope_id = 'project-a'",
            "scopes = 1",
        ):
            self.assertIn(words, text)
        self.assertRegex(text, r"window = 20\d\d-.* to 20\d\d-")
        self.assertRegex(text, r"chunk = 20\d\d-.* to 20\d\d-")
        self.check_alive(workers)
        place.wait_until_done(task_id)

    def test_no_secret(self):
        planted = {
            "transport_url": "fake://guest:planted1@127.0.0.1:5672/",
            "prometheus_url": "http://reader:planted2@127.0.0.1:9/api/v1",
        }
        more = (
            "prometheus_password = planted3\n"
            "[storage_influxdb]\npassword = planted4\ntoken = planted5\n"
            "[storage_opensearch]\npassword = planted6\n"
            "host = https://root:planted7@127.0.0.1:9200\n"
            "[oslo_messaging_notifications]\n"
            "transport_url = rabbit://guest:planted8@127.0.0.1/\n"
        )
        place = deployment.Deployment(self, hours=2, **planted)
        text = place.config.read_text().replace(
            "[fetcher]\n", f"{more}[fetcher]\n"
        )
        place.config.write_text(text)
        self.place, self.processor = place, place.start()
        place.wait_until_rated()
        for pid in (self.processor.process.pid, *self.workers()):
            os.kill(pid, signal.SIGUSR2)
        place.wait_for(
            "reports",
            lambda: place.log_text().count("orchestrator.max_workers ") == 3,
        )
        text = place.log_text()
        self.assertIn("http://***@127.0.0.1:9/api/v1", text)
        self.assertIn("storage_influxdb.password = ***", text)
        self.assertNotIn("planted", text)


class TestReload(SignalTestCase):
    def test_options_and_definitions(self):
        place = self.make()
        text = place.config.read_text()
        place.config.write_text(
            text.replace("chunk_points = 20000", "chunk_points = 4321")
            + "[collector_gnocchi]\ninterface = public\n"
        )
        self.metrics.write_text(
            deployment.METRICS.replace("alt_name: instance", "alt_name: vm")
        )
        self.hang_up()
        log = place.log_text()
        self.assertIn(
            "Option orchestrator.chunk_points changed from [20000] to [4321]",
            log.replace("'", ""),
        )
        self.assertEqual(1, log.count("changed from"))
        self.assertIn(
            "Ignoring change to immutable option collector_gnocchi.interface",
            log,
        )
        for pid in self.workers():
            os.kill(pid, signal.SIGUSR2)
        place.wait_for(
            "reports",
            lambda: (
                place.log_text().count("orchestrator.chunk_points = 4321") == 2
            ),
        )
        place.wait_until_done(place.schedule("project-a", place.window))
        self.assertEqual({"vm", "instance", "volume.size"}, self.types())

    def types(self):
        return {dict(row)["metric"] for row in self.place.dump()}

    def test_invalid_ones_are_refused_together(self):
        place = self.make()
        good = place.config.read_text()
        broken = good.replace("chunk_points = 20000", "chunk_points = many")
        valid = good.replace("chunk_points = 20000", "chunk_points = 4321")
        for number, (config, metrics, words) in enumerate(
            (
                (broken, deployment.METRICS, "chunk_points"),
                (valid, "metrics: [", "metrics.yml is not YAML"),
                (valid, "metrics: {x: {unit: 1}}", "metrics.yml: "),
                (valid, None, "metrics.yml: No such file"),
            ),
            1,
        ):
            place.config.write_text(config)
            if metrics is None:
                self.metrics.unlink()
            else:
                self.metrics.write_text(metrics)
            self.hang_up()
            log = place.log_text()
            refused = [
                line
                for line in log.splitlines()
                if "configuration not reloaded" in line
            ]
            self.assertEqual(number, len(refused), log)
            self.assertIn(" ERROR ", refused[-1])
            self.assertIn(words, refused[-1])
            self.assertNotIn("changed from", log)
            self.assertNotIn("Traceback", log)
        # The new workers have the definitions of the start.
        place.set_price(3)
        place.wait_until_done(place.schedule("project-a", place.window))
        self.metrics.write_text(deployment.METRICS)
        self.hang_up()
        self.place.wait_for_log("to [4321]")

    def test_it_drains(self):
        place = self.make(hours=250, chunk_points=8, lease_seconds=60)
        task_id = place.schedule("project-a", place.window)
        place.wait_for("a claim", lambda: place.task(task_id).periods_done)
        workers = self.workers()
        # The check of the definitions may take longer than the task.
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        self.processor.process.send_signal(signal.SIGHUP)
        place.wait_for_log("configuration reloaded", 120)
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        place.wait_for_log("task given back", 120)
        self.assertIsNone(self.processor.process.poll())
        place.wait_until_done(task_id, 120)
