# SPDX-License-Identifier: Apache-2.0
"""Keystone, API and processor as one process, for the tests in the browser.

It runs in the environment of the service, with the top folder of the
repository in PYTHONPATH. It prints one line of JSON when all is ready; then
each line of its input is an order such as ``{"do": "break_source"}``, answered
by one line. It ends with its input.

Four projects have three days of rated hours at a price of 1; then the price
is made 0.5, so that a reprocess halves what it rates.
"""

import contextlib
import datetime
import json
import os
import pathlib
import signal
import sys
import time
import uuid

import requests
import sqlalchemy as sa

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import models as task_models
from cloudkitty.tests import base
from cloudkitty.tests import claiming
from cloudkitty.tests import database_servers
from cloudkitty.tests import keystone
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.functional.deployments import programs
from cloudkitty.tests.functional.orchestrator import deployment

PROJECTS = ("blue", "green", "red", "violet")
HOURS = 72
OPTIONS = """\
[DEFAULT]
auth_strategy = keystone
api_paste_config = {paste}
[orchestrator]
reprocess_max_attempts = 1
[keystone_authtoken]
{keystone}
"""


class Cloud(base.TestCase):
    """The services; a test case because their fixtures expect one."""

    def runTest(self) -> None:
        """Serve until the input ends."""
        # The output is the channel to the tests: nothing else may write it.
        channel = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)
        self._start()
        self._answer(channel, self._facts())
        for line in sys.stdin:
            order = json.loads(line)
            arguments = order.get("arguments", {})
            result = getattr(self, f"do_{order['do']}")(**arguments)
            self._answer(channel, {"result": result})

    def _answer(self, channel, value) -> None:
        channel.write(json.dumps(value) + "\n")
        channel.flush()

    def _facts(self):
        return {
            "keystone": self.keystone.url,
            "api": self.url,
            "password": keystone.PASSWORD,
            "projects": self.projects,
            "demo": self.keystone.project_id,
            "begin": self.deployment.window.begin.isoformat(),
            "end": self.deployment.window.end.isoformat(),
            "folder": str(self.deployment.folder),
            "pid": os.getpid(),
        }

    def _start(self) -> None:
        self.keystone = self.useFixture(keystone.Keystone())
        self.keystone.add_user("approver", "admin")
        self.projects = {
            name: self.keystone._make_project(name) for name in PROJECTS
        }
        missing = database_servers.missing("mariadb")
        required = os.environ.get("CLOUDKITTY_TEST_REQUIRE", "").split(",")
        if missing and {"all", "mariadb"} & set(required):
            raise RuntimeError(missing)
        self.deployment = deployment.Deployment(
            self,
            tuple(self.projects.values()),
            hours=HOURS,
            backend="sqlite" if missing else "mariadb",
            chunk_points=200,
        )
        self._configure()
        self.deployment.set_price("1")
        self.do_start_processor()
        self.deployment.wait_until_rated(seconds=180)
        self.deployment.set_price("0.5")
        self._start_api()

    def _configure(self) -> None:
        options = self.keystone.middleware_options().items()
        text = OPTIONS.format(
            paste=fake_api.PASTE,
            keystone="\n".join(f"{name} = {value}" for name, value in options),
        )
        with open(self.deployment.config, "a", encoding="utf-8") as file:
            file.write(text)

    def _start_api(self) -> None:
        home = self.make_folder()
        api = self._api = self.useFixture(programs.Programs(home))
        (api.etc / "cloudkitty.conf").write_text(
            self.deployment.config.read_text()
        )
        port = base.free_port()
        self._requests = home / "requests.log"
        os.environ["GUNICORN_CMD_ARGS"] = (
            f"--access-logfile={self._requests} "
            "--access-logformat='%(m)s %(U)s?%(q)s'"
        )
        self._server = api.start_api(port)
        self.url = f"http://127.0.0.1:{port}"
        self.keystone.add_service("rating", self.url)

    @property
    def _samples(self) -> pathlib.Path:
        return self.deployment.folder / "samples.om"

    def do_start_processor(self) -> None:
        """Start the processor unless it runs."""
        if self.deployment.processor is None:
            self.deployment.start()

    def do_stop_processor(self) -> None:
        """End the processor: tasks wait."""
        if self.deployment.processor is not None:
            self.deployment.processor.terminate()
            self.deployment.processor = None

    def do_break_source(self) -> None:
        """Take the samples away: each attempt fails."""
        with contextlib.suppress(FileNotFoundError):
            self._samples.rename(self._samples.with_suffix(".away"))

    def do_heal_source(self) -> None:
        """Put the samples back."""
        away = self._samples.with_suffix(".away")
        with contextlib.suppress(FileNotFoundError):
            away.rename(self._samples)

    def do_set_price(self, cost: str) -> None:
        """Set the price of an hour of all resources."""
        self.deployment.set_price(cost)

    def do_govern(self, **options: object) -> None:
        """Set options of ``[reprocess]`` of the API; others are off again.

        gunicorn starts another worker, which reads the files.
        """
        lines = [f"{name} = {value}" for name, value in options.items()]
        file = self._api.etc / "cloudkitty.conf.d" / "95-governance.conf"
        file.write_text("\n".join(["[reprocess]", *lines, ""]))
        before = self._api_workers()
        self._server.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + programs.PATIENCE
        while time.monotonic() < deadline:
            workers = self._api_workers()
            if workers and not workers & before and self._answers():
                return
            time.sleep(0.1)
        raise RuntimeError(f"not reloaded: {self._api.output()}")

    def _api_workers(self) -> set[str]:
        pid = self._server.pid
        return set(
            pathlib.Path(f"/proc/{pid}/task/{pid}/children")
            .read_text()
            .split()
        )

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return requests.get(self.url, timeout=programs.PATIENCE).ok
        return False

    def do_add_scopes(self, count: int) -> None:
        """Add active scopes that are rated as long as the others."""
        window = self.deployment.window
        scopes = [
            new_scopes.make(f"scope-{number:05}") for number in range(count)
        ]
        self.deployment.database.write(
            lambda session: scope_updates.create_many(
                session, scopes, window.last_period(3600), 3600
            )
        )

    def do_deactivate_added_scopes(self) -> None:
        """Make ``add_scopes`` without effect for later orders."""
        self.deployment.database.write(
            lambda session: session.execute(
                sa.update(scope_models.ScopeState)
                .where(scope_models.ScopeState.identifier.like("scope-%"))
                .values(active=False)
            )
        )

    def do_begin_task(self, scope_id: str) -> int:
        """Add a task that is at work, but no processor executes it."""
        window = self.deployment.window
        database = self.deployment.database
        new = new_tasks.make(
            scope_id,
            window.begin,
            window.period_count(deployment.HOUR),
            batch_id=uuid.uuid4().hex,
            mode="reprocess",
        )
        now = datetime.datetime.now(datetime.UTC)
        database.write(lambda session: new_tasks.insert(session, [new], now))
        task = database.write(
            lambda session: claiming.claim_next(
                session, owner="test", now=now, lease_seconds=3600
            )
        )
        return task.id

    def do_complete_preview(self, batch_id: str, pattern: int) -> None:
        """Give the tasks of a batch the state and totals of another task.

        To execute a task for each of some thousand scopes takes minutes.

        :param pattern: id of a task of a preview that has succeeded.
        """
        tasks = task_models.Reprocess.__table__
        totals = task_models.TaskTotal.__table__
        others = [each for each in totals.c if each.name != "task_id"]
        columns = ["task_id", *(each.name for each in others)]
        copied = (
            sa.select(tasks.c.id, *others)
            .select_from(tasks.join(totals, totals.c.task_id == pattern))
            .where(tasks.c.batch_id == batch_id)
        )

        def work(session) -> None:
            session.execute(sa.insert(totals).from_select(columns, copied))
            session.execute(
                sa.update(tasks)
                .where(tasks.c.batch_id == batch_id)
                .values(
                    state="succeeded",
                    periods_done=tasks.c.periods_total,
                    finished_at=datetime.datetime.now(datetime.UTC),
                )
            )

        self.deployment.database.write(work)

    def do_requests(self) -> list[str]:
        """Return all requests to the API."""
        return self._requests.read_text().splitlines()

    def do_log(self) -> str:
        """Return the end of the processor's log."""
        return self.deployment.log_text()[-4000:]


def main() -> int:
    started = datetime.datetime.now(datetime.UTC)
    result = Cloud().run()
    for _test, text in [*result.errors, *result.failures]:
        print(started, text, file=sys.stderr)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
