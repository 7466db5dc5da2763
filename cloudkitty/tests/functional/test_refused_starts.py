# SPDX-License-Identifier: Apache-2.0
"""Programs that cannot start say why in one line, and leave no traceback."""

import os
import pathlib
import subprocess
import sys

import cloudkitty
from cloudkitty import conf as ck_conf
from cloudkitty.cli import dbsync
from cloudkitty.cli import storage_init
from cloudkitty.common import clock
from cloudkitty.db import facade
from cloudkitty.orchestrator import resources
from cloudkitty.tests import base
from cloudkitty.tests import influxdb
from cloudkitty.tests import opensearch
from cloudkitty.tests.contract.storage_sqlalchemy_v1 import upstream

TOP = pathlib.Path(cloudkitty.__file__).parents[1]
#: Command lines of all programs that work on the database; the WSGI module
#: takes its files from the environment.
PROGRAMS = {
    "cloudkitty-processor": ("-m", "cloudkitty.cli.processor"),
    "cloudkitty-api": (
        "-c",
        "import sys; from cloudkitty.cli import api; sys.exit(api.main())",
    ),
    "wsgi": ("-c", "import cloudkitty.wsgi.api"),
}
#: Programs that look for points that the storage does not show.
READERS = {
    **PROGRAMS,
    "cloudkitty-storage-init": (
        "-c",
        "import sys; from cloudkitty.cli import storage_init; "
        "sys.exit(storage_init.main())",
    ),
}
#: gunicorn ends with a worker that exits with 3, and repeats any other.
STATUS = {"wsgi": 3}


class TestRefusedStarts(base.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.make_folder()
        self.groups = {
            "DEFAULT": {
                "auth_strategy": "noauth",
                "transport_url": "fake://",
                "api_paste_config": TOP / "etc/cloudkitty/api_paste.ini",
            },
            "database": {"connection": f"sqlite:///{self.folder}/ck.sqlite"},
            "collect": {
                "collector": "openmetrics",
                "metrics_conf": TOP / "etc/cloudkitty/metrics.prometheus.yml",
            },
            "collector_openmetrics": {"path": self.folder / "usage.om"},
            "fetcher": {"backend": "source"},
            "fetcher_source": {"sources": "a"},
            "orchestrator": {
                "coordination_url": f"file://{self.folder}/locks"
            },
        }

    def write_conf(self):
        path = self.folder / "cloudkitty.conf"
        path.write_text(
            "".join(
                f"[{group}]\n"
                + "".join(
                    f"{name} = {value}\n" for name, value in some.items()
                )
                for group, some in self.groups.items()
            )
        )
        return path

    def run_program(self, name, path=None):
        """Return exit status and standard error.

        :param path: of the configuration file; by default there is no file.
        """
        arguments = [sys.executable, *READERS[name]]
        environment = {
            **os.environ,
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": str(TOP),
            "PYTHONWARNINGS": "ignore",
        }
        if path is not None and name == "wsgi":
            environment["OS_CLOUDKITTY_CONFIG_FILES"] = str(path)
        elif path is not None:
            arguments.append(f"--config-file={path}")
        done = subprocess.run(
            arguments,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stderr

    def assert_refused(self, name, words, path=None):
        status, errors = self.run_program(name, path)
        self.assertEqual(STATUS.get(name, 1), status, errors)
        self.assertNotIn("Traceback", errors)
        # Warnings of the log stand before it.
        line = errors.strip().splitlines()[-1]
        self.assertIn(words, line)
        return line

    def test_no_tables(self):
        path = self.write_conf()
        for name in PROGRAMS:
            self.assert_refused(name, "run cloudkitty-dbsync upgrade", path)

    def test_older_revision(self):
        path = self.write_conf()
        argv = [f"--config-file={path}", "upgrade", "--revision=0003"]
        self.assertEqual(0, dbsync.main(argv))
        for name in PROGRAMS:
            self.assert_refused(name, "is at revision 0003", path)

    def test_points_database_without_revision(self):
        url = f"sqlite:///{self.folder}/points.sqlite"
        self.groups["storage_sqlalchemy"] = {"connection": url}
        path = self.write_conf()
        self.assertEqual(0, dbsync.main([f"--config-file={path}", "upgrade"]))
        for name in PROGRAMS:
            line = self.assert_refused(
                name, "run cloudkitty-storage-init", path
            )
            self.assertIn("[storage_sqlalchemy] connection", line)

    def test_hidden_history(self):
        path = self.write_conf()
        self.assertEqual(0, dbsync.main([f"--config-file={path}", "upgrade"]))
        database = facade.Database(
            self.make_conf(database=self.groups["database"])
        )
        self.addCleanup(database.dispose)
        upstream.create(database)
        begin = base.utc("2026-11-01T00:00")
        upstream.insert(database, upstream.row(begin))
        self.add_scope(database)
        for name in READERS:
            line = self.assert_refused(name, "import-rated", path)
            self.assertIn("[storage] version = 1", line)
            self.assertIn("allow_empty_history", line)

    def add_scope(self, database):
        """Add a scope that CloudKitty 25 has rated."""
        with database.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO cloudkitty_storage_states (identifier, "
                "last_processed_timestamp, active) VALUES ('p1', "
                "'2026-11-01 00:00:00.000000', 1)"
            )

    def refuse_empty(self, **storage):
        """Start all programs on rated scopes and an empty storage."""
        self.groups["storage"] = storage
        path = self.write_conf()
        argv = [f"--config-file={path}"]
        self.assertEqual(0, storage_init.main(argv))
        database = facade.Database(
            self.make_conf(database=self.groups["database"])
        )
        self.addCleanup(database.dispose)
        self.add_scope(database)
        for name in READERS:
            line = self.assert_refused(
                name, "CloudKitty 25 has rated scopes", path
            )
            self.assertIn("allow_empty_history", line)
            self.assertIn(f"backend = {storage['backend']}) has no", line)
        storage["allow_empty_history"] = "true"
        self.write_conf()
        for name in ("wsgi", "cloudkitty-storage-init"):
            status, errors = self.run_program(name, path)
            self.assertEqual(0, status, errors)
        conf = ck_conf.make(argv)
        resources.check(conf, clock.SystemClock())

    def test_empty_tables(self):
        self.refuse_empty(backend="sqlalchemy")

    def test_empty_tables_of_version_1(self):
        self.refuse_empty(backend="sqlalchemy", version=1)

    def test_empty_influxdb(self):
        self.need("influxdb", influxdb.installed())
        server = self.useFixture(influxdb.InfluxDBFixture(self.make_folder()))
        self.groups["storage_influxdb"] = {
            "host": "127.0.0.1",
            "port": server.port,
            "database": influxdb.DATABASE,
        }
        self.refuse_empty(backend="influxdb")

    def test_empty_opensearch(self):
        self.groups["storage_opensearch"] = {
            "index_name": opensearch.make_index(self),
            "host": opensearch.url(self),
        }
        self.refuse_empty(backend="opensearch")

    def test_all_causes_at_once(self):
        self.groups["fetcher"]["backend"] = "nothing"
        self.groups["collect"]["metrics_conf"] = "/none/metrics.yml"
        self.groups["storage"] = {"version": 1}
        self.use_locks("zookeeper://127.0.0.1:2181", upgrade=False)
        policy = self.folder / "policy.yaml"
        policy.write_text('"scope:reset_state": "rule:admin_requird"')
        self.groups["oslo_policy"] = {"policy_file": policy}
        path = self.write_conf()
        line = self.assert_refused("cloudkitty-processor", "", path)
        for words in (
            "[fetcher] backend = nothing",
            "/none/metrics.yml",
            "kazoo",
            "run cloudkitty-dbsync upgrade",
            "[storage] version = 1: the database has no schema revision",
        ):
            self.assertIn(words, line)
        for name in ("cloudkitty-api", "wsgi"):
            line = self.assert_refused(name, "rule:admin_requird", path)
            self.assertIn("run cloudkitty-dbsync upgrade", line)

    def test_a_rating_module_that_is_not_installed(self):
        path = self.write_conf()
        self.assertEqual(0, dbsync.main([f"--config-file={path}", "upgrade"]))
        database = facade.Database(
            self.make_conf(database=self.groups["database"])
        )
        self.addCleanup(database.dispose)
        with database.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO modules_state VALUES ('gone', 1, 1)"
            )
        line = self.assert_refused(
            "cloudkitty-processor", "rating module gone is enabled", path
        )
        self.assertEqual(1, line.count("gone"))

    def test_no_configuration_file(self):
        for name in PROGRAMS:
            self.assert_refused(name, "No configuration file was read")

    def test_unknown_lock_backend(self):
        self.use_locks("nosuch://me:hunter2@127.0.0.1/")
        line = self.assert_refused(
            "cloudkitty-processor",
            "nosuch:// is not a lock backend",
            self.write_conf(),
        )
        self.assertNotIn("hunter2", line)

    def test_lock_backend_without_its_package(self):
        self.use_locks("zookeeper://127.0.0.1:2181")
        self.assert_refused(
            "cloudkitty-processor",
            "needs the Python package kazoo",
            self.write_conf(),
        )

    def test_lock_folder_that_cannot_be_made(self):
        self.use_locks("file:///proc/none")
        self.assert_refused(
            "cloudkitty-processor", "no access to", self.write_conf()
        )

    def use_locks(self, url, upgrade=True):
        self.groups["orchestrator"]["coordination_url"] = url
        if not upgrade:
            return
        argv = [f"--config-file={self.write_conf()}", "upgrade"]
        self.assertEqual(0, dbsync.main(argv))

    def test_log_file_that_cannot_be_written(self):
        self.groups["DEFAULT"]["log_file"] = "/proc/none/ck.log"
        path = self.write_conf()
        for name in PROGRAMS:
            self.assert_refused(name, "/proc/none", path)
