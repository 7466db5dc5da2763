# SPDX-License-Identifier: Apache-2.0
"""State that one process shares between seeds: options, schema, statements.

Creating it takes longer than running a seed.
"""

import contextlib
import os
import pathlib
import sqlite3
import tempfile

from cloudkitty import conf as ck_conf
from cloudkitty.collector import metrics
from cloudkitty.collector.prometheus import collector
from cloudkitty.collector.prometheus import query
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.storage.v2.sqlalchemy import driver
from cloudkitty.tests.simulation import sql

PERIOD = 3600
#: Period of a processor that was started with other options.
OTHER_PERIOD = 1800
METRICS = ("cpu", "disk")
#: Those that a processor with another ``metrics.yml`` defines.
FEWER_METRICS = ("cpu",)
LEASE_SECONDS = 120
MOST_ATTEMPTS = 2

_OPTIONS = {
    "collect": {
        "collector": "prometheus",
        "period": PERIOD,
        "wait_periods": 1,
    },
    "fetcher": {"backend": "source"},
    "collector_prometheus": {
        "prometheus_url": "http://127.0.0.1:9/api/v1",
        # What never ends is read up to here.
        "max_response_size": 1 << 20,
    },
    "orchestrator": {
        "lease_seconds": LEASE_SECONDS,
        "reprocess_max_attempts": MOST_ATTEMPTS,
        "reprocess_backoff": 5,
        "reprocess_max_backoff": 300,
        "reprocess_poll_interval": 900,
    },
}


class Deployment(contextlib.ExitStack):
    """A database that is emptied for each seed, and the objects that use it.

    :ivar reading: a plain SQLite connection, which sees committed rows only.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conf = make_conf()
        self.other_conf = make_conf()
        self.other_conf.set_override("period", OTHER_PERIOD, group="collect")
        memory = pathlib.Path("/dev/shm")
        folder = self.enter_context(
            tempfile.TemporaryDirectory(
                prefix="ck-simulation-",
                dir=memory if os.access(memory, os.W_OK) else None,
            )
        )
        path = pathlib.Path(folder) / "simulation.sqlite"
        self.conf.set_override(
            "connection", f"sqlite:///{path}", group="database"
        )
        self.database = facade.Database(self.conf)
        self.callback(self.database.dispose)
        migration.upgrade(self.database)
        # Kept open, or SQLite would clean up after each transaction.
        self.reading = sqlite3.connect(path, isolation_level=None)
        self.callback(self.reading.close)
        self.reading.execute("PRAGMA synchronous = OFF")
        self._tables = [
            name
            for (name,) in self.reading.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            )
            if name not in (migration.VERSION_TABLE, "sqlite_sequence")
        ]
        sql.keep_connections(self.database.engine)
        self.turnstile = sql.Turnstile(self.database.engine)
        self.joining_storage = driver.SQLAlchemyStorage(
            self.conf, self.database
        )
        self.collector = collector.PrometheusCollector(self.conf, METRIC_LIST)
        self.other_collector = collector.PrometheusCollector(
            self.conf, [_metric(name) for name in FEWER_METRICS]
        )

    def reset(self) -> None:
        """Empty the database, and let its ids begin at 1 again."""
        self.turnstile.disconnect()
        self.reading.execute("BEGIN IMMEDIATE")
        for name in (*self._tables, "sqlite_sequence"):
            self.reading.execute(f"DELETE FROM {name}")
        self.reading.execute("COMMIT")


def make_conf():
    """Return the options of every simulated processor."""
    conf = ck_conf.make(argv=[], default_config_files=[])
    for group, options in _OPTIONS.items():
        for name, value in options.items():
            conf.set_override(name, value, group=group)
    return conf


def _metric(name: str) -> metrics.Metric:
    extra = {
        key: argument.default for key, argument in query.EXTRA_ARGS.items()
    }
    return metrics.Metric(
        key=name,
        name=name,
        alt_name=name,
        unit="unit",
        groupby=("project_id", "resource"),
        extra_args=extra,
    )


METRIC_LIST = [_metric(name) for name in METRICS]
