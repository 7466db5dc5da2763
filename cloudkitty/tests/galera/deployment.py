# SPDX-License-Identifier: Apache-2.0
"""One schema with a processor on each host."""

import collections.abc
import contextlib
import dataclasses
import datetime
import pathlib
import signal
import sys

import sqlalchemy as sa

from cloudkitty import conf as ck_conf
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tests import acceptance
from cloudkitty.tests import new_scopes
from cloudkitty.tests.functional.orchestrator import deployment
from cloudkitty.tests.galera import plan as ck_plan
from cloudkitty.tests.galera import processes
from cloudkitty.tests.galera import servers
from cloudkitty.tests.galera import settings


@dataclasses.dataclass(frozen=True)
class Host:
    """Where a processor runs.

    :param name: ``[DEFAULT] host``.
    :param before: prefix of its command.
    :param server: the database server that it uses.
    :param database: name that leads there; None for the server's address.
    :param environment: of its processor.
    """

    name: str
    before: collections.abc.Callable[..., list[str]]
    server: servers.Server
    database: str | None = None
    environment: collections.abc.Mapping[str, str] = dataclasses.field(
        default_factory=dict
    )


class Deployment:
    """The service on some hosts.

    :param stack: ends its processors.
    :param folder: for configuration and logs.
    :param plan: scopes, hours and tasks.
    :param schema: its name on the servers.
    :param hosts: the first one is never disturbed: its server answers the
        questions of the run.
    :param end: of the periods that are due.
    """

    def __init__(
        self,
        stack: contextlib.ExitStack,
        folder: pathlib.Path,
        plan: ck_plan.Plan,
        schema: str,
        hosts: collections.abc.Sequence[Host],
        *,
        coordination_url: str,
        end: datetime.datetime,
        chunk_points: int = 15,
    ) -> None:
        self.plan = plan
        self.schema = schema
        self.hosts = hosts
        self.folder = folder
        self.processors: list[processes.Child] = []
        self._stack = stack
        self._end = end
        self._common = {
            "coordination_url": coordination_url,
            "chunk_points": chunk_points,
        }
        folder.mkdir()
        (folder / "metrics.yml").write_text(deployment.METRICS)
        (folder / "samples.om").write_text(plan.samples())
        self.databases = []
        for host in hosts:
            conf = ck_conf.make(["--config-file", str(self._write(host))])
            # Only we wait for what other nodes have committed.
            conf.set_override("mysql_wsrep_sync_wait", 1, group="database")
            # This machine does not know the names that a host knows.
            database = facade.Database(conf, host.server.url(schema))
            stack.callback(database.dispose)
            self.databases.append(database)

    def _write(self, host: Host) -> pathlib.Path:
        return settings.write(
            self.folder / f"{host.name}.conf",
            host=host.name,
            connection=host.server.url(self.schema, host.database),
            wait_periods=ck_plan.wait_periods(
                self._end, datetime.datetime.now(datetime.UTC)
            ),
            folder=self.folder,
            scopes=",".join(self.plan.scope_ids),
            **self._common,
        )

    def begin(self) -> None:
        """Create the schema and scopes without any rated period."""
        database = self.databases[0]
        migration.upgrade(database)
        last = self.plan.rated.begin - datetime.timedelta(hours=1)

        def add(session):
            for scope_id in self.plan.scope_ids:
                scope = new_scopes.make(scope_id)
                scope_updates.create(session, scope, last)

        database.write(add)

    def set_price(self, cost: int) -> None:
        """Make hashmap ask ``cost`` for each unit of both metrics."""
        deployment.set_price(self.databases[0], cost, self.plan.rated.begin)

    def accept(
        self, tasks: collections.abc.Sequence[tuple[str, periods.Window]]
    ) -> None:
        """Let the tasks be accepted, on one server after the other."""
        for number, (scope_id, window) in enumerate(tasks):
            acceptance.accept(
                self.databases[number % len(self.databases)],
                ck_clock.SystemClock(),
                [scope_id],
                window.begin,
                window.last_period(ck_plan.HOUR),
                period_seconds=ck_plan.HOUR,
            )

    def start(self) -> None:
        """Start all processors at once."""
        for host in self.hosts:
            child = processes.Child(
                host.before(
                    *(sys.executable, "-W", "ignore"),
                    *("-m", "cloudkitty.cli.processor"),
                    *("--config-file", f"{self.folder}/{host.name}.conf"),
                ),
                self._log(host),
                host.environment,
            )
            self._stack.callback(child.kill)
            self.processors.append(child)

    def log(self, number: int) -> str:
        """Return the log of a host's processor."""
        return self._log(self.hosts[number]).read_text(errors="replace")

    def logs(self) -> str:
        """Return the logs of all processors."""
        return "".join(map(self.log, range(len(self.hosts))))

    def _log(self, host: Host) -> pathlib.Path:
        return self.folder / f"{host.name}.log"

    def tasks(self) -> list[task_records.Task]:
        """Return all tasks, oldest first."""
        with self.databases[0].reader() as session:
            return task_queries.find(session, ascending=True)

    def takeovers(self) -> int:
        """Return how often a task was claimed whose lease had expired."""
        event = task_models.TaskEvent
        with self.databases[0].reader() as session:
            return session.scalar(
                sa.select(sa.func.count(event.id)).where(
                    event.from_state == "running",
                    event.to_state == "running",
                )
            )

    def wait_until_at_work(self, seconds: float, tasks_done: int) -> float:
        """Wait until each host is at work and some tasks are done."""

        def at_work() -> bool:
            claimed = all(
                "task claimed" in self.log(number)
                for number in range(len(self.hosts))
            )
            done = [task for task in self.tasks() if task.finished_at]
            return claimed and len(done) >= tasks_done

        return processes.wait_for("work on all hosts", at_work, seconds, 0.2)

    def wait_until_done(self, seconds: float) -> float:
        """Wait until all tasks have ended and nothing is due; return how
        long it took.
        """
        return processes.wait_for("the end of the work", self._done, seconds)

    def _done(self) -> bool:
        with self.databases[0].reader() as session:
            states = scope_queries.find(session)
        last = self._end - datetime.timedelta(hours=1)
        return all(state.last_processed_at >= last for state in states) and (
            all(task.finished_at for task in self.tasks())
        )

    def left(self) -> str:
        """Return a text about unfinished work; empty without any."""
        last = self._end - datetime.timedelta(hours=1)
        with self.databases[0].reader() as session:
            states = scope_queries.find(session)
        behind = [
            f"{state.scope.identifier} at {state.last_processed_at}"
            for state in states
            if state.last_processed_at < last
        ]
        tasks = [
            f"task {task.id} {task.state} {task.last_error or ''}"
            for task in self.tasks()
            if task.state != "succeeded"
        ]
        return "; ".join(behind + tasks)

    def end(self) -> None:
        """Let all processors that still run end by themselves."""
        for child in self.processors:
            child.signal(signal.SIGCONT)
            if child.process.poll() is None:
                child.process.terminate()
        for child in self.processors:
            child.end(60)
