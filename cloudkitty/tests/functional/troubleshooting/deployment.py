# SPDX-License-Identifier: Apache-2.0
"""A deployment on which the commands of a page run as an operator runs them.

Keystone, MariaDB, Prometheus, the API in gunicorn and the processor are real.
Names and addresses of the page are replaced by those of the deployment. The
only other difference is ``systemctl``, as the tests have no systemd: the
command of the unit is started and ended here.
"""

import collections.abc
import contextlib
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time

import sqlalchemy as sa

from cloudkitty import conf as ck_conf
from cloudkitty.orchestrator import locks
from cloudkitty.tests import base
from cloudkitty.tests import prometheus
from cloudkitty.tests.functional.api.client import shells
from cloudkitty.tests.functional.client import cloud

#: Read after the file of ``cloud.Cloud``.
OPTIONS = """\
[DEFAULT]
log_dir = {folder}/log
[collect]
collector = prometheus
[collector_prometheus]
prometheus_url = {prometheus}
[metrics]
enabled = true
host = 127.0.0.1
port = {port}
[orchestrator]
reprocess_max_attempts = 2
reprocess_backoff = {backoff}
[oslo_reports]
log_dir = {folder}/log
{more}
"""
#: Client of MariaDB.
LOGIN = """\
[client]
host = {url.host}
user = {url.username}
password = {url.password}
"""
UNIT = "cloudkitty-processor"
BEGIN, END = "2026-11-01", "2026-11-01T03:00"
#: Seconds to wait for a state, on a busy host.
PATIENCE = 120


class Deployment(cloud.Cloud):
    """A cloud with two scopes, and the pages' names of its parts.

    :param backoff: seconds between the two attempts of a task.
    :param more: further lines of the configuration.
    :ivar names: texts of a page and their replacements. Tests add those of
        their tasks.
    :ivar prometheus: ``prometheus.PrometheusFixture``.
    """

    backend = "mariadb"

    def __init__(self, backoff: int = 20, more: str = "") -> None:
        super().__init__()
        self._backoff = backoff
        self._more = more
        self._unit: subprocess.Popen[bytes] | None = None

    def repair_collector(self) -> None:
        """Start Prometheus, with the samples at the first time."""
        if hasattr(self, "prometheus"):
            self.prometheus.start_again()
            return
        folder = self.folder / "prometheus"
        folder.mkdir()
        self.prometheus = self.useFixture(
            prometheus.PrometheusFixture(self.samples(), folder)
        )

    def break_collector(self) -> None:
        """End Prometheus."""
        self.prometheus.end()

    def _configure(self) -> None:
        (self.folder / "log").mkdir()
        port = base.free_port()
        extra = self._programs.etc / "cloudkitty.conf.d" / "80-more.conf"
        extra.write_text(
            OPTIONS.format(
                folder=self.folder,
                prometheus=self.prometheus.url,
                port=port,
                backoff=self._backoff,
                more=self._more,
            )
        )
        super()._configure()
        url = sa.make_url(self.database_url)
        (self.folder / ".my.cnf").write_text(LOGIN.format(url=url))
        (self.folder / ".my.cnf").chmod(0o600)
        self.names = {
            "/var/log/cloudkitty": f"{self.folder}/log",
            "/etc/cloudkitty/cloudkitty.conf": str(extra),
            "/etc/cloudkitty": str(self._programs.etc),
            "mysql cloudkitty": f"mysql {url.database}",
            "runuser -u cloudkitty -- ": "",
            "http://prometheus:9090": self.prometheus.url.removesuffix(
                "/api/v1"
            ),
            "192.0.2.11:9188": f"127.0.0.1:{port}",
            "0a5c23f1d1b84d2a8a4a7d3b5b1c9e10": self.scopes["demo"],
        }

    def _setUp(self) -> None:
        super()._setUp()
        self.names["http://controller:8889"] = self.url

    def run(self, command: str) -> shells.Result:
        """Run a command of a page."""
        for name in sorted(self.names, key=len, reverse=True):
            # A short number is not replaced within other numbers and words.
            pattern = re.escape(name)
            if name.isdigit():
                pattern = rf"(?<![\w.:]){name}(?![\w.:])|(?<=-){name}(?=_)"
            command = re.sub(pattern, self.names[name], command)
        if command.startswith("openstack "):
            return self._openstack(*shlex.split(command)[1:])
        if command.startswith("systemctl "):
            return self._systemctl(*shlex.split(command)[1:])
        return self._shell(command)

    def _openstack(self, *words: str) -> shells.Result:
        if words[0] == "rating":
            return shells.Shell(self, "openstack", "2").run(*words[1:])
        options = " ".join(map(shlex.quote, self.options("admin")))
        return self._shell(f"openstack {options} {shlex.join(words)}")

    def _shell(self, command: str) -> shells.Result:
        programs = pathlib.Path(sys.executable).parent
        done = subprocess.run(
            ["bash", "-c", command],
            env={
                **shells.environment(),
                "HOME": str(self.folder),
                "PATH": f"{programs}:{os.environ['PATH']}",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return shells.Result(done.returncode, done.stdout, done.stderr)

    def _systemctl(self, verb: str, *words: str) -> shells.Result:
        """Do as systemd with the unit of the processor."""
        if words[-1] != UNIT:
            raise AssertionError(f"unknown unit: {words}")
        if verb in ("stop", "restart"):
            self._stop()
        if verb in ("start", "restart") and not self.runs():
            self._unit = self.start_processor()
        runs = "active (running)" if self.runs() else "inactive (dead)"
        return shells.Result(
            3 if verb == "status" and not self.runs() else 0,
            f"{UNIT}.service\n Active: {runs}\n" if verb == "status" else "",
            "",
        )

    def locks(self) -> locks.Locks:
        """Return the locks that the processor uses."""
        etc = self._programs.etc
        conf = ck_conf.make(
            [
                f"--config-file={etc / 'cloudkitty.conf'}",
                f"--config-dir={etc / 'cloudkitty.conf.d'}",
            ]
        )
        made = locks.Locks(conf)
        made.start()
        self.addCleanup(made.stop)
        return made

    def runs(self) -> bool:
        """Return whether the unit runs."""
        return self._unit is not None and self._unit.poll() is None

    def _stop(self) -> None:
        if self.runs():
            self._unit.terminate()
            self._unit.wait(PATIENCE)

    def start_refused(self) -> str:
        """Start the processor, which refuses, and return its output."""
        done = self._shell("cloudkitty-processor")
        if not done.status:
            raise AssertionError(f"it has started: {done}")
        return done.errors

    def rating(self, *words: str, status: int | None = 0) -> str:
        """Run a command of the client and return its standard output.

        :param status: expected exit status, ``None`` for any.
        """
        result = shells.Shell(self, "openstack", "2").run(*words)
        if status is not None and result.status != status:
            raise AssertionError(f"{words}: {result}\n{self.output()}")
        return result.output.strip()

    def create(self, scope: str = "demo", *more: str) -> str:
        """Create a task of three hours; the pages' task 12 is this one.

        :returns: its id.
        """
        text = self.rating(
            *("reprocess create", "--scope", scope, "--begin", BEGIN),
            *("--end", END, "--timezone", "UTC", "--reason", "a price"),
            *("--period", "3600", "-f", "value", "-c", "ID", *more),
        )
        self.use(text)
        return text

    def use(self, task_id: str) -> None:
        """Make a task the task 12 of the page, and its batch the batch."""
        self.names["12"] = task_id
        self.names["5f0b7e5e-6c0c-4d3a-9a53-0c1f5b7a2e11"] = self.rating(
            "reprocess show", task_id, "-f", "value", "-c", "batch_id"
        )

    def wait_for(self, state: str, why: str = "", done: object = None) -> None:
        """Wait for a state of the page's task.

        :param why: part of the reason of its waiting.
        :param done: called instead, if given.
        """

        def reached() -> bool:
            shown = self.rating(
                *("reprocess show", self.names["12"], "-f", "value"),
                *("-c", "state", "-c", "waiting"),
            )
            return shown.startswith(state) and why in shown

        reached = done or reached
        deadline = time.monotonic() + PATIENCE
        while not reached():
            if time.monotonic() > deadline:
                raise AssertionError(
                    self.rating("reprocess list") + self.output()
                )
            time.sleep(0.3)

    def wait_for_line(self, event: str, number: int) -> None:
        """Wait for lines of the log of the processor."""
        log = self.folder / "log" / f"{UNIT}.log"
        self.wait_for(
            "",
            done=lambda: (
                log.exists() and log.read_text().count(event) >= number
            ),
        )

    @contextlib.contextmanager
    def silent_collector(self) -> collections.abc.Iterator[None]:
        """Keep Prometheus from answering."""
        self.prometheus.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.prometheus.process.send_signal(signal.SIGCONT)
