# SPDX-License-Identifier: Apache-2.0
"""A cloud with the servers and the configuration of an existing deployment."""

import contextlib
import dataclasses
import datetime
import pathlib
import sys
import typing

import requests
import sqlalchemy as sa

from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import influxdb
from cloudkitty.tests import prometheus
from cloudkitty.tests import rabbitmq
from cloudkitty.tests.adoption import rest
from cloudkitty.tests.adoption import samples
from cloudkitty.tests.adoption import upstream
from cloudkitty.tests.galera import processes

#: Seconds in which a process must be ready, on a busy machine.
START_SECONDS = 120
_TOP = pathlib.Path(__file__).parents[3]

#: Measured periods that have not begun yet: those of 40 minutes.
_AHEAD = 120

#: Options that CloudKitty 25 knows, and no other.
_CONFIG = """\
[DEFAULT]
auth_strategy = noauth
api_paste_config = {folder}/api_paste.ini
transport_url = {bus}
host = {host}
[database]
connection = {connection}
[collect]
collector = prometheus
period = {period}
wait_periods = 2
metrics_conf = {folder}/metrics.yml
scope_key = project_id
[collector_prometheus]
prometheus_url = {prometheus}
[fetcher]
backend = source
[fetcher_source]
sources = {scopes}
{storage}[orchestrator]
coordination_url = file://{folder}/locks
max_workers = {live}
max_workers_reprocessing = {reprocessing}
"""

_INFLUXDB = """\
[storage]
version = 2
backend = influxdb
[storage_influxdb]
version = 1
host = 127.0.0.1
port = {port}
database = {database}
username = none
password = none
"""

_VERSION_1 = """\
[storage]
version = 1
backend = sqlalchemy
"""

#: The pipelines of CloudKitty 25's own paste file.
_PASTE = """\
[composite:cloudkitty+noauth]
use = egg:Paste#urlmap
/ = api+noauth
[pipeline:api+noauth]
pipeline = cors http_proxy_to_wsgi request_id ck_api
[app:ck_api]
paste.app_factory = cloudkitty.api.app:app_factory
[filter:request_id]
paste.filter_factory = oslo_middleware:RequestId.factory
[filter:cors]
paste.filter_factory = oslo_middleware.cors:filter_factory
oslo_config_project = cloudkitty
[filter:http_proxy_to_wsgi]
paste.filter_factory = oslo_middleware:HTTPProxyToWSGI.factory
oslo_config_project = cloudkitty
"""

_GUNICORN = """\
import keystonemiddleware.auth_token
bind = "127.0.0.1:{port}"
wsgi_app = "cloudkitty.wsgi.api:application"
workers = 1
threads = 4
timeout = 120
"""


@dataclasses.dataclass(frozen=True)
class Api:
    """A running API: its client and its process."""

    client: rest.Client
    child: processes.Child


class Cloud:
    """The servers, and the programs of both projects that use them.

    :param test: the test that needs it and ends it.
    :param begin: of the measurements, which end in the future.
    :param version_1: whether the storage is ``rated_data_frames``.
    """

    def __init__(
        self,
        test: base.TestCase,
        begin: datetime.datetime,
        *,
        version_1: bool = False,
    ) -> None:
        test.need("prometheus", prometheus.installed())
        environment = upstream.environment()
        test.need("upstream", environment is not None)
        assert environment is not None
        self._bin = environment / "bin"
        self._test = test
        self.folder = test.make_folder()
        for name in ("prometheus", "influxdb", "locks", "home"):
            (self.folder / name).mkdir()
        (self.folder / "home/.cloudkitty").mkdir()
        self._env = ["env", *upstream.settings(self.folder / "home")]
        text = samples.text(begin, samples.now() + _AHEAD * samples.LENGTH)
        measured = test.useFixture(
            prometheus.PrometheusFixture(text, self.folder / "prometheus")
        )
        self._values = {
            "folder": self.folder,
            "bus": rabbitmq.make_url(test),
            "connection": databases.make_url(test, "mariadb", migrated=False),
            "period": samples.PERIOD,
            "prometheus": measured.url,
            "storage": _VERSION_1 if version_1 else self._influxdb(),
            "scopes": ",".join(samples.SCOPES),
        }
        (self.folder / "metrics.yml").write_text(samples.METRICS_YML)
        (self.folder / "api_paste.ini").write_text(_PASTE)

    def _influxdb(self) -> str:
        """Start InfluxDB; return the options of the storage."""
        self._test.need("influxdb", influxdb.installed())
        self.influxdb = self._test.useFixture(
            influxdb.InfluxDBFixture(self.folder / "influxdb")
        )
        return _INFLUXDB.format(
            port=self.influxdb.port, database=influxdb.DATABASE
        )

    def config(
        self,
        *,
        live: int = 1,
        reprocessing: int = 1,
        name: str = "cloudkitty",
        more: str = "",
    ) -> pathlib.Path:
        """Write a configuration file, also as that of upstream's API.

        :param live: ``max_workers``.
        :param reprocessing: ``max_workers_reprocessing``.
        :param more: added at the end, in ``[orchestrator]``.
        """
        file = self.folder / f"{name}.conf"
        file.write_text(
            _CONFIG.format(
                live=live, reprocessing=reprocessing, host=name, **self._values
            )
            + more
        )
        return file

    def sql(self, statement: str) -> list[typing.Any]:
        """Return the rows of a statement."""
        engine = sa.create_engine(
            str(self._values["connection"]), poolclass=sa.NullPool
        )
        with engine.begin() as connection:
            result = connection.exec_driver_sql(statement)
            return list(result) if result.returns_rows else []

    def theirs(self, program: str, config: pathlib.Path, *more: str) -> str:
        """Run a command of upstream and return its output."""
        return processes.run(
            *self._env, f"{self._bin}/{program}", *_read(config), *more
        )

    def ours(self, module: str, config: pathlib.Path, *more: str) -> str:
        """Run a command of this project and return its output."""
        return processes.run(*_our(module), *_read(config), *more)

    def their_processor(self, config: pathlib.Path) -> processes.Child:
        """Start upstream's processor."""
        program = f"{self._bin}/cloudkitty-processor"
        return self._start(
            "their-processor", *self._env, program, *_read(config)
        )

    def our_processor(self, config: pathlib.Path) -> processes.Child:
        """Start this project's processor."""
        return self._start("our-processor", *_our("processor"), *_read(config))

    def their_api(self, config: pathlib.Path) -> Api:
        """Start upstream's API."""
        port = base.free_port()
        home = self.folder / "home"
        (home / ".cloudkitty/cloudkitty.conf").write_text(config.read_text())
        (home / "gunicorn.conf.py").write_text(_GUNICORN.format(port=port))
        child = self._start("their-api", *self._env, f"{self._bin}/gunicorn")
        return self._api("their-api", port, child)

    def our_api(self, config: pathlib.Path) -> Api:
        """Start this project's API."""
        port = base.free_port()
        command = [*_our("api"), *_read(config), f"--port={port}"]
        return self._api("our-api", port, self._start("our-api", *command))

    def log(self, name: str) -> str:
        """Return the output of all processes of that name."""
        file = self.folder / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def _start(self, name: str, *command: str) -> processes.Child:
        child = processes.Child(command, self.folder / f"{name}.log")
        self._test.addCleanup(child.kill)
        return child

    def _api(self, name: str, port: int, child: processes.Child) -> Api:
        url = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            if child.process.poll() is not None:
                last = self.log(name).splitlines()[-1:]
                raise processes.NotReady(f"the API ended: {last}")
            with contextlib.suppress(requests.ConnectionError):
                return requests.get(url, timeout=60).status_code < 500
            return False

        processes.wait_for("the API", answers, START_SECONDS, 0.2)
        return Api(rest.Client(url), child)


def _read(config: pathlib.Path) -> list[str]:
    return ["--config-file", str(config)]


def _our(module: str) -> list[str]:
    call = f"import sys; from cloudkitty.cli import {module} as program; "
    python = ["env", f"PYTHONPATH={_TOP}", sys.executable, "-W", "ignore"]
    return [*python, "-c", f"{call}sys.exit(program.main())"]
