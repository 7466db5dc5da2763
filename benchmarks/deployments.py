# SPDX-License-Identifier: Apache-2.0
"""A CloudKitty that is measured: scripts, options, REST API, no more."""

import abc
import dataclasses
import datetime
import os
import pathlib
import signal
import subprocess
import sys
import typing

from benchmarks import dataset
from benchmarks import http_json
from benchmarks import processes
from benchmarks import sampling
from benchmarks import settings as ck_settings
from benchmarks import templates
from benchmarks import world as ck_world

#: Both sides rate with these.
FLAVOR_PRICES = {
    "m1.tiny": "0.01",
    "m1.small": "0.02",
    "m1.medium": "0.04",
    "m1.large": "0.08",
}
VOLUME_PRICE = "0.0005"
#: From when on they are in force.
PRICED_FROM = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)

TASKS = "storage_scope_reprocessing_schedule"
STATES = "cloudkitty_storage_states"
#: What is needed beside the package.
_EXTRAS = ("gunicorn", "pymysql")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Work:
    """What a job took.

    :param points: that were rated from ``begin`` to ``end``.
    :param share: which part of the job that was: upstream tells that it has
        begun by its first progress only.
    :param begin: Unix time, as ``end``.
    :param cpu: seconds of the processor from ``begin`` to ``end``.
    :param servers: what the servers did for the whole job.
    :param chunks: transactions that wrote points; None where unknown.
    """

    points: int
    share: float
    begin: float
    end: float
    cpu: float
    servers: ck_world.Counters
    memory: processes.Memory
    chunks: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Window:
    """Periods to reprocess."""

    begin: datetime.datetime
    periods: int

    @property
    def last(self) -> datetime.datetime:
        """Return the beginning of the last one, which the API is given."""
        return self.begin + (self.periods - 1) * ck_settings.PERIOD

    @property
    def end(self) -> datetime.datetime:
        """Return the end of the last one."""
        return self.begin + self.periods * ck_settings.PERIOD


Totals = dict[tuple[str, str], tuple[float, float]]


class Deployment(abc.ABC):
    """One side of the comparison, with a database of its own.

    :param label: its name in tables and folders.
    :param venv: the virtual environment that it is installed in.
    """

    #: What the shared configuration lacks.
    more_configuration = ""
    paste = ""

    def __init__(
        self, world: ck_world.World, label: str, venv: pathlib.Path
    ) -> None:
        self.world = world
        self.label = label
        self.database = f"bench_{label.replace('-', '_')}"
        self.folder = world.settings.folder(label)
        self._venv = venv
        self._extra = _install_extras(world.settings, venv)
        self._api: processes.Process | None = None
        self._processor: processes.Process | None = None
        self.api_port = ck_settings.free_port()
        self.api = http_json.Client(self.api_port)
        world.on_exit(self.stop)

    # What is different.

    @abc.abstractmethod
    def set_up(self) -> None:
        """Declare the scopes as not yet rated, and set the prices."""

    @abc.abstractmethod
    def rate(self, workers: int) -> Work:
        """Rate the whole data set."""

    @abc.abstractmethod
    def reprocess(
        self, scope_ids: list[str], window: Window, workers: int
    ) -> Work:
        """Reprocess the window, which is rated, for these scopes."""

    @property
    def database_url(self) -> str:
        """Return the URL of the service's database."""
        return self.world.mariadb.url(self.database)

    # What is the same.

    @property
    def shape(self) -> dataset.Shape:
        """Return the data set that is served."""
        if self.world.shape is None:
            raise ValueError("no data set is served yet")
        return self.world.shape

    def empty(self) -> None:
        """Make the databases anew, without content."""
        self.world.mariadb.make_empty(self.database)

    def query(self, statement: str) -> list[tuple[typing.Any, ...]]:
        """Return the rows of a statement on the service's database.

        ``{TASKS}`` and the like are the caller's to fill in.
        """
        self.world.mariadb.query(f"USE {self.database}")
        return self.world.mariadb.query(statement)

    def fresh(self, *, threads: int = 4, content: bool = True) -> None:
        """Begin anew, with the API running.

        :param content: whether to declare scopes and prices.
        """
        self.stop()
        self.empty()
        self.configure()
        self.script("cloudkitty-dbsync", "upgrade")
        self.script("cloudkitty-storage-init")
        self.start_api(threads)
        if content:
            self.set_up()

    def configure(self, workers: int = 0, reprocessing: int = 0) -> None:
        """Write the configuration files."""
        # The last period that is due is the last of the data set.
        now = datetime.datetime.now(datetime.UTC)
        wait = (now - self.shape.end + ck_settings.PERIOD) // (
            ck_settings.PERIOD
        )
        (self.folder / "locks").mkdir(exist_ok=True)
        (self.folder / "metrics.yml").write_text(templates.METRICS)
        (self.folder / "api_paste.ini").write_text(self.paste)
        self.configuration.parent.mkdir(exist_ok=True)
        self.configuration.write_text(
            templates.CONFIGURATION.format(
                folder=self.folder,
                database=self.database_url,
                period=ck_settings.HOUR_SECONDS,
                wait=wait,
                scopes=",".join(self.shape.scope_ids),
                prometheus=self.world.prometheus.url,
                workers=workers,
                reprocessing=reprocessing,
            )
            + self.more_configuration
        )

    @property
    def configuration(self) -> pathlib.Path:
        """Return the file: where oslo.config looks for it by itself.

        A WSGI server's command line cannot name it.
        """
        return self.folder / ".cloudkitty" / "cloudkitty.conf"

    def environment(self) -> dict[str, str]:
        """Return what the programs need in their environment."""
        found = {"HOME": str(self.folder), "TZ": "UTC"}
        if self._extra:
            found["PYTHONPATH"] = str(self._extra)
        return found

    def script(self, name: str, *arguments: str, given: str = "") -> None:
        """Run a program of the virtual environment to its end.

        :param given: its standard input.
        :raises processes.Failed: if it fails.
        """
        done = subprocess.run(
            [str(self._venv / "bin" / name), *arguments],
            env={**os.environ, **self.environment()},
            cwd=self.folder,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise processes.Failed(f"{name}: {done.stderr[-2000:]}")

    def start_api(self, threads: int) -> None:
        """Start the API in one process of a production server."""
        file = self.folder / "gunicorn.conf.py"
        file.write_text(
            templates.GUNICORN.format(port=self.api_port, threads=threads)
        )
        # oslo.config parses the command line of the process.
        program = (
            "import sys; sys.argv = ['gunicorn']; "
            "from gunicorn.app import wsgiapp; wsgiapp.run()"
        )
        self._api = processes.Process(
            "api",
            [str(self._venv / "bin" / "python"), "-c", program],
            self.folder,
            {
                **self.environment(),
                "GUNICORN_CMD_ARGS": f"-c {file}",
            },
        )
        self.api.wait("/v2/scope", self._api)

    @property
    def api_group(self) -> int:
        """Return the process group of the API."""
        if self._api is None:
            raise ValueError("the API is not started")
        return self._api.pid

    def start_processor(
        self, workers: int = 0, reprocessing: int = 0
    ) -> tuple[processes.Process, sampling.Sampler]:
        """Start a processor, and what looks at it."""
        self.configure(workers, reprocessing)
        self._processor = processes.Process(
            "processor",
            [
                str(self._venv / "bin" / "cloudkitty-processor"),
                "--config-file",
                str(self.configuration),
            ],
            self.folder,
            self.environment(),
        )
        sampler = sampling.Sampler(self._processor.pid)
        sampler.start()
        return self._processor, sampler

    def stop_processor(self) -> None:
        """End the processor, if it runs; its work is done."""
        if self._processor:
            # Upstream waits for the end of its period otherwise.
            self._processor.stop(signal.SIGKILL)
            self._processor = None

    def stop(self) -> None:
        """End processor and API."""
        self.stop_processor()
        if self._api:
            self._api.stop(signal.SIGKILL)
            self._api = None

    def post_reprocess(self, scope_ids: list[str], window: Window) -> None:
        """Ask for a reprocess."""
        self.api.call(
            "POST",
            "/v2/task/reprocesses",
            {
                "scope_ids": scope_ids,
                "start_reprocess_time": ck_settings.wire_time(window.begin),
                "end_reprocess_time": ck_settings.wire_time(window.last),
                "reason": "benchmark",
            },
        )

    def totals(self, scope_id: str) -> Totals:
        """Return (quantity, price) by period and metric, as the API says.

        Of the whole data set; upstream adds floats up, hence the rounding.
        """
        answer = self.api.call(
            "GET",
            "/v2/summary",
            begin=ck_settings.wire_time(self.shape.begin),
            end=ck_settings.wire_time(self.shape.end),
            groupby="time,type",
            filters=f"project_id:{scope_id}",
            response_format="object",
            limit=1000 * 1000,
        )
        return {
            (_period(row["begin"]), row["type"]): (
                round(float(row["qty"] or 0), 6),
                round(float(row["rate"] or 0), 6),
            )
            for row in answer["results"]
        }


def _period(text: str) -> str:
    """Return a time of the API in one form, whatever the side."""
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if at.tzinfo is None:
        at = at.replace(tzinfo=datetime.UTC)
    return ck_settings.wire_time(at)


def _install_extras(
    settings: ck_settings.Settings, venv: pathlib.Path
) -> pathlib.Path | None:
    """Return a folder with what the environment lacks; None for nothing.

    The environment itself is not changed.
    """
    python = str(venv / "bin" / "python")
    probe = f"import cloudkitty, {', '.join(_EXTRAS)}"
    if not subprocess.run(
        [python, "-c", probe], capture_output=True, check=False
    ).returncode:
        return None
    folder = settings.folder("extras")
    if not (folder / "gunicorn").is_dir():
        sys.stderr.write(f"installing {' '.join(_EXTRAS)} to {folder}\n")
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet"]
            + ["--target", str(folder), *_EXTRAS],
            check=True,
        )
    return folder
