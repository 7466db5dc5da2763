# SPDX-License-Identifier: Apache-2.0
"""A deployment in a folder: configuration, samples, real processors."""

import collections
import contextlib
import datetime
import decimal
import os
import signal
import subprocess
import sys
import time

import sqlalchemy as sa

from cloudkitty import conf as ck_conf
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db import points
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import module_states
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks

HOUR = 3600

METRICS = """
metrics:
  instance_up:
    unit: instance
    alt_name: instance
    groupby: [instance_id]
    metadata: [flavor]
    mutate: NUMBOOL
    extra_args: {aggregation_method: max}
  volume_size_gb:
    unit: GiB
    alt_name: volume.size
    groupby: [volume_id]
    extra_args: {aggregation_method: max}
"""

CONFIG = """
[DEFAULT]
transport_url = {transport_url}
[database]
connection = {connection}
[collect]
collector = {collector}
period = 3600
wait_periods = 2
metrics_conf = {folder}/metrics.yml
[collector_openmetrics]
path = {folder}/samples.om
[collector_prometheus]
prometheus_url = {prometheus_url}
[fetcher]
backend = source
[fetcher_source]
sources = {scopes}
[storage]
backend = sqlalchemy
[orchestrator]
coordination_url = file://{folder}/locks
max_workers = {max_workers}
max_workers_reprocessing = {max_workers_reprocessing}
reprocess_poll_interval = 1
lease_seconds = {lease_seconds}
chunk_points = {chunk_points}
"""


def without_price(row):
    """Return a dumped row without the columns that depend on the price."""
    return tuple(pair for pair in row if pair[0] != "price")


def prices_by_begin(rows):
    """Return the unit prices of dumped rows by their periods' beginning."""
    found = collections.defaultdict(set)
    for row in map(dict, rows):
        if qty := decimal.Decimal(row["qty"]):
            found[row["begin"]].add(decimal.Decimal(row["price"]) / qty)
    return found


def set_price(database, cost, start):
    """Make hashmap ask ``cost`` for each unit of both metrics.

    :param start: of the rules, if there are none yet.
    """

    def work(session):
        module_states.set_enabled(session, "hashmap", True)
        session.execute(
            sa.update(rule_models.HashmapMapping).values(
                cost=decimal.Decimal(cost)
            )
        )
        if not session.scalar(
            sa.select(sa.func.count(rule_models.HashmapMapping.id))
        ):
            for name in ("instance", "volume.size"):
                hashmap_mappings.create(
                    session,
                    cost=decimal.Decimal(cost),
                    map_type="flat",
                    start=start,
                    service_id=hashmap_services.create_service(
                        session, name
                    ).id,
                )

    database.write(work)


class Processor:
    """One running ``cloudkitty-processor`` with its workers."""

    def __init__(self, config, log):
        self._log = log.open("ab")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "cloudkitty.cli.processor"),
                *("--config-file", str(config)),
            ],
            stdout=self._log,
            stderr=self._log,
            # Its own process group, to be killed as a whole.
            start_new_session=True,
        )

    def kill(self):
        """End all its processes at this instant."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._reap(10)

    def terminate(self, seconds=30):
        """Ask it to end; return (exit code, seconds it took)."""
        began = time.monotonic()
        self.process.terminate()
        self._reap(seconds)
        return self.process.returncode, time.monotonic() - began

    def _reap(self, seconds):
        self.process.wait(seconds)
        self._log.close()


class Deployment:
    """One scope list, one database, one file of samples.

    :param test: the test that owns the deployment.
    :param scope_ids: scopes that the fetcher finds.
    :param hours: number of due periods with samples.
    :param backend: kind of the database.
    :param end: end of the newest period; by default the newest due period.
    """

    def __init__(
        self,
        test,
        scope_ids=("project-a", "project-b"),
        hours=72,
        backend="sqlite",
        end=None,
        **options,
    ):
        self.test = test
        self.scope_ids = scope_ids
        self.folder = test.make_folder()
        self.log = self.folder / "processor.log"
        self.processor = None
        url = databases.make_url(test, backend)
        self.config = self.folder / "cloudkitty.conf"
        values = {
            "transport_url": "fake://",
            "max_workers": 1,
            "max_workers_reprocessing": 1,
            "lease_seconds": 2,
            "chunk_points": 20000,
            "collector": "openmetrics",
            "prometheus_url": "",
            **options,
        }
        self.config.write_text(
            CONFIG.format(
                connection=url.replace("%", "%%"),
                folder=self.folder,
                scopes=",".join(scope_ids),
                **values,
            )
        )
        (self.folder / "metrics.yml").write_text(METRICS)
        self.conf = ck_conf.make(["--config-file", str(self.config)])
        self.database = facade.Database(self.conf)
        test.addCleanup(self.database.dispose)
        if end is None:
            # The newest period that is due at every minute of the hour.
            now = datetime.datetime.now(datetime.UTC)
            end = periods.floor(now, HOUR) - datetime.timedelta(hours=2)
        self.window = periods.Window(
            end - datetime.timedelta(hours=hours), end
        )
        self._write_samples()
        for scope_id in scope_ids:
            self._add_scope(scope_id)

    def _write_samples(self):
        lines = ["# TYPE instance_up gauge"]
        lines += self._samples("instance_up", "instance_id", lambda _: 1)
        lines.append("# TYPE volume_size_gb gauge")
        lines += self._samples(
            "volume_size_gb", "volume_id", lambda index: f"{index % 7}.125"
        )
        lines += ["# EOF", ""]
        (self.folder / "samples.om").write_text("\n".join(lines))

    def _samples(self, name, label, value):
        for scope_id in self.scope_ids:
            for number in range(2):
                labels = (
                    f'project_id="{scope_id}",{label}="{scope_id}-{number}",'
                    f'flavor="m{number}"'
                )
                for index, period in enumerate(self.window.periods(HOUR)):
                    at = period.begin.timestamp() + 1800
                    yield f"{name}{{{labels}}} {value(index)} {at:.0f}"

    def _add_scope(self, scope_id):
        scope = new_scopes.make(
            scope_id, collector=self.conf.collect.collector
        )
        last = self.window.begin - datetime.timedelta(hours=1)
        self.database.write(
            lambda session: scope_updates.create(session, scope, last)
        )

    def set_price(self, cost):
        """Make hashmap ask ``cost`` for each unit of both metrics."""
        set_price(self.database, cost, self.window.begin)

    def start(self):
        """Return a running processor that ends with the test."""
        self.processor = Processor(self.config, self.log)
        self.test.addCleanup(self.processor.kill)
        return self.processor

    def log_text(self):
        """Return the logs of all processors so far."""
        return self.log.read_text(errors="replace")

    def whole_log(self):
        """Stop the processor and return all logs.

        Lines about a commit are written after it: while the processor runs,
        the database may show a result whose line is not yet in the log.
        """
        self.processor.terminate()
        return self.log_text()

    def schedule(self, scope_id, window, metrics=None):
        """Insert a task and return its id."""
        new = new_tasks.make(
            scope_id, window.begin, window.period_count(HOUR), metrics=metrics
        )
        now = datetime.datetime.now(datetime.UTC)
        self.database.write(
            lambda session: new_tasks.insert(session, [new], now)
        )
        with self.database.reader() as session:
            return max(task.id for task in task_queries.find(session))

    def task(self, task_id):
        """Return the task's row."""
        with self.database.reader() as session:
            return task_queries.get(session, task_id)

    def wait_for(self, what, done, seconds=60):
        """Wait until ``done()``, or fail with the log of the processor."""
        give_up_at = time.monotonic() + seconds
        while not done():
            if self._died() or time.monotonic() > give_up_at:
                self.test.fail(f"{what} did not come:\n{self.log_text()}")
            time.sleep(0.02)

    def wait_for_log(self, text, seconds=60):
        """Wait until ``text`` is in the log."""
        self.wait_for(repr(text), lambda: text in self.log_text(), seconds)

    def _died(self):
        return (
            self.processor is not None
            and self.processor.process.poll() is not None
        )

    def wait_until_rated(self, seconds=60):
        """Wait until live rating is through with all scopes."""
        last = self.window.last_period(HOUR)

        def rated():
            with self.database.reader() as session:
                states = scope_queries.find(session)
            return all(state.last_processed_at >= last for state in states)

        self.wait_for("live rating", rated, seconds)

    def wait_until_done(self, task_id, seconds=60):
        """Wait until the task has succeeded."""
        self.wait_for(
            "the task's success",
            lambda: self.task(task_id).state == "succeeded",
            seconds,
        )

    def dump(self):
        """Return all rated points of the window, sorted.

        (What live rating may add behind the window while the test runs, at
        a full hour, is left out.)
        """
        with self.database.reader() as session:
            found = session.execute(
                points.whole().where(points.RatedPoint.begin < self.window.end)
            ).mappings()
            return sorted(
                tuple(
                    (name, str(value)) for name, value in sorted(row.items())
                )
                for row in found
            )

    def select(self, dump, scope_id, window):
        """Return the rows of ``dump`` in and outside of scope and window."""
        begins = {str(period.begin) for period in window.periods(HOUR)}
        inside, outside = [], []
        for row in dump:
            values = dict(row)
            matches = (
                values["scope_id"] == scope_id and values["begin"] in begins
            )
            (inside if matches else outside).append(row)
        return inside, outside
