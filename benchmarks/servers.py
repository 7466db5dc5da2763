# SPDX-License-Identifier: Apache-2.0
"""The servers that both sides use: our own, on 127.0.0.1 and free ports."""

import pathlib
import shutil
import subprocess
import time
import typing

import pymysql

from benchmarks import http_json
from benchmarks import processes
from benchmarks import settings as ck_settings


class Server:
    """A server's process; a context manager that ends it."""

    process: processes.Process

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used."""
        return processes.cpu_seconds(processes.members(self.process.pid))


class MariaDB(Server):
    """A MariaDB with its default settings."""

    def __init__(self, settings: ck_settings.Settings) -> None:
        folder = settings.folder("mariadb")
        self.port = ck_settings.free_port()
        data = folder / "data"
        # Yesterday's tables, and their statistics, are of no use.
        shutil.rmtree(data, ignore_errors=True)
        subprocess.run(
            [
                "mysql_install_db",
                "--no-defaults",
                "--user=root",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            check=True,
            capture_output=True,
        )
        self.process = processes.Process(
            "mariadb",
            [
                "mariadbd",
                "--no-defaults",
                "--user=root",
                f"--datadir={data}",
                f"--port={self.port}",
                f"--bind-address={ck_settings.HOST}",
                f"--socket={folder / 'socket'}",
                f"--pid-file={folder / 'pid'}",
            ],
            folder,
        )
        self._asked = 0
        self._connection = self._wait()

    def connect(self, database: str | None = None) -> typing.Any:
        """Return a new connection that commits each statement."""
        return pymysql.connect(
            host=ck_settings.HOST,
            port=self.port,
            user="root",
            database=database,
            charset="utf8mb4",
            autocommit=True,
        )

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return (
            f"mysql+pymysql://root@{ck_settings.HOST}:{self.port}/{database}"
            "?charset=utf8mb4"
        )

    def query(self, statement: str) -> list[tuple[typing.Any, ...]]:
        """Return the rows of a statement of the benchmark's own."""
        self._asked += 1
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def make_empty(self, database: str) -> None:
        """Make a database anew."""
        self.query(f"DROP DATABASE IF EXISTS {database}")
        self.query(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")

    def questions(self) -> int:
        """Return how many statements others than ``query`` have sent."""
        rows = self.query("SHOW GLOBAL STATUS LIKE 'Questions'")
        return int(rows[0][1]) - self._asked

    def _wait(self) -> typing.Any:
        give_up_at = time.monotonic() + 60
        while True:
            self.process.check()
            try:
                return self.connect()
            except pymysql.err.OperationalError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.1)


class Prometheus(Server):
    """A Prometheus that serves one data set and scrapes nothing.

    :param blocks: folder of the data set.
    """

    def __init__(
        self, settings: ck_settings.Settings, blocks: pathlib.Path
    ) -> None:
        folder = settings.folder("prometheus")
        self.port = ck_settings.free_port()
        self._http = http_json.Client(self.port)
        # A copy, so that nothing ever changes the data set.
        data = folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(blocks, data)
        file = folder / "prometheus.yml"
        file.write_text("global: {scrape_interval: 1h}\n")
        self.process = processes.Process(
            "prometheus",
            [
                "prometheus",
                f"--config.file={file}",
                f"--storage.tsdb.path={data}",
                "--storage.tsdb.retention.time=10y",
                f"--web.listen-address={ck_settings.HOST}:{self.port}",
                "--log.level=warn",
            ],
            folder,
        )
        self._http.wait("/-/ready", self.process)

    @property
    def url(self) -> str:
        """Return the base URL of its API."""
        return f"http://{ck_settings.HOST}:{self.port}/api/v1"

    def queries(self) -> int:
        """Return how many queries it has answered, as it counts them."""
        _, text = self._http.request("GET", "/metrics")
        return count_queries(text.decode())


def count_queries(metrics: str) -> int:
    """Return the queries among the requests of a Prometheus' metrics."""
    total = 0.0
    for line in metrics.splitlines():
        if line.startswith("prometheus_http_requests_total{") and (
            'handler="/api/v1/query' in line
        ):
            total += float(line.rsplit(" ", 1)[1])
    return int(total)


class InfluxDB(Server):
    """An InfluxDB 1.x, which only upstream needs."""

    def __init__(self, settings: ck_settings.Settings) -> None:
        folder = settings.folder("influxdb")
        shutil.rmtree(folder)
        folder.mkdir()
        self.port = ck_settings.free_port()
        self._http = http_json.Client(self.port)
        self.process = processes.Process(
            "influxdb",
            ["influxd", "-config", "/dev/null"],
            folder,
            {
                "INFLUXDB_REPORTING_DISABLED": "true",
                "INFLUXDB_BIND_ADDRESS": (
                    f"{ck_settings.HOST}:{ck_settings.free_port()}"
                ),
                "INFLUXDB_HTTP_BIND_ADDRESS": (
                    f"{ck_settings.HOST}:{self.port}"
                ),
                "INFLUXDB_HTTP_LOG_ENABLED": "false",
                "INFLUXDB_MONITOR_STORE_ENABLED": "false",
                "INFLUXDB_DATA_QUERY_LOG_ENABLED": "false",
                "INFLUXDB_META_DIR": str(folder / "meta"),
                "INFLUXDB_DATA_DIR": str(folder / "data"),
                "INFLUXDB_DATA_WAL_DIR": str(folder / "wal"),
            },
        )
        self._http.wait("/ping", self.process)

    def make_empty(self, database: str) -> None:
        """Make a database anew."""
        for verb in ("DROP", "CREATE"):
            self._http.call("POST", "/query", q=f"{verb} DATABASE {database}")
