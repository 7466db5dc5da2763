# SPDX-License-Identifier: Apache-2.0
"""The upgrade check before ``cloudkitty-dbsync upgrade``, on real servers."""

import json

import requests
import sqlalchemy as sa

from cloudkitty.cli import dbsync
from cloudkitty.cli import status
from cloudkitty.cli import storage_init
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import influxdb
from cloudkitty.tests import opensearch
from cloudkitty.tests.contract.storage_sqlalchemy_v1 import upstream as frames
from cloudkitty.tests.functional.db.schema import upstream
from cloudkitty.tests.unit.cli import case

#: Index of documents as upstream writes them.
DOCUMENT = {
    "start": "2026-11-01T00:00:00+00:00",
    "end": "2026-11-01T01:00:00+00:00",
    "type": "cpu",
    "unit": "u",
    "qty": 1,
    "price": 2,
    "groupby": {"project_id": "Project"},
    "metadata": {},
}
LINE = (
    "dataframes,type=cpu,project_id=Project,groupby=project_id "
    'qty=1,price=2,unit="u" 1793491200000000000'
)


class Checked(case.Case):
    """Runs the check in this process."""

    migrated = True
    backend = "sqlite"

    def setUp(self):
        super().setUp()
        self.url = databases.make_url(self, self.backend, self.migrated)
        self.database = facade.Database(
            self.make_conf(database={"connection": self.url})
        )
        self.addCleanup(self.database.dispose)

    def check(self, **groups):
        """Return the exit code, and level and details by check."""
        for group, options in {
            "DEFAULT": {
                "auth_strategy": "noauth",
                "api_paste_config": case.METRICS.with_name("api_paste.ini"),
            },
            "collect": {
                "collector": "prometheus",
                "metrics_conf": case.METRICS,
            },
            "collector_prometheus": {"prometheus_url": "http://127.0.0.1:1"},
            "fetcher": {"backend": "source"},
            "fetcher_source": {"sources": "a"},
            "orchestrator": {
                "coordination_url": f"file://{self.folder}/locks"
            },
        }.items():
            groups[group] = {**options, **groups.get(group, {})}
        code, out, _ = self.run_command(
            status, "upgrade", "check", "--json", **groups
        )
        return code, {
            each["check"]: (each["result"], each["details"] or "")
            for each in json.loads(out)["checks"]
        }

    def execute(self, statement):
        with self.database.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def add_scope(self):
        """Add a scope that CloudKitty 25 has rated."""
        self.execute(
            "INSERT INTO cloudkitty_storage_states (identifier, scope_key, "
            "fetcher, collector, last_processed_timestamp, active) VALUES "
            "('Project', 'project_id', 'source', 'prometheus', "
            "'2026-11-01 00:00:00.000000', 1)"
        )


class BeforeDbsync:
    migrated = False

    def setUp(self):
        super().setUp()
        with self.database.engine.begin() as connection:
            upstream.make(connection, self.database.dialect)

    def test_all_findings(self):
        code, results = self.check()
        self.assertEqual(2, code)
        levels = {title: level for title, (level, _) in results.items()}
        self.assertEqual(
            {
                "Database schema": 1,
                "Scopes": 1,
                "Storage": 1,
                "Rated history": 2,
            },
            {title: level for title, level in levels.items() if level},
            results,
        )
        for title, words in (
            ("Database schema", "run cloudkitty-dbsync upgrade"),
            ("Scopes", "1 scopes have neither scope key"),
            ("Unfinished tasks", "2 reprocess tasks are not finished"),
            ("Rated history", "CloudKitty 25 has rated scopes"),
            ("Rated history", "backend = influxdb where they were not set"),
            ("Rated history", "allow_empty_history"),
        ):
            self.assertIn(words, results[title][1])
        # It has changed nothing.
        self.assertIsNone(migration.version(self.database))

    def test_history_of_version_1(self):
        frames.create(self.database)
        frames.insert(
            self.database,
            frames.row(base.utc("2026-11-01T00:00"), "Project"),
        )
        _, results = self.check()
        level, details = results["Rated history"]
        self.assertEqual(2, level)
        self.assertIn("run cloudkitty-dbsync import-rated", details)
        code, results = self.check(storage={"version": 1})
        self.assertEqual((0, ""), results["Rated history"])
        self.assertEqual((0, ""), results["Storage"])
        self.assertEqual(1, code)

    def test_the_same_after_dbsync(self):
        self.assertEqual(0, self.run_command(dbsync, "upgrade")[0])
        _, results = self.check()
        self.assertEqual((0, ""), results["Database schema"])
        self.assertEqual((0, ""), results["Storage"])
        self.assertIn("2 reprocess tasks", results["Unfinished tasks"][1])
        self.assertIn("1 scopes have neither", results["Scopes"][1])
        self.assertEqual(2, results["Rated history"][0])

    def test_an_older_upstream(self):
        self.execute("UPDATE hashmap_alembic SET version_num = '4e0232ce'")
        frames.create(self.database, "c703a1bad612")
        version_1 = {"version": 1}
        code, results = self.check(storage=version_1)
        self.assertEqual(2, code)
        for title, words in (
            ("Database schema", "hashmap_alembic"),
            ("Storage", "c703a1bad612"),
        ):
            level, details = results[title]
            self.assertEqual(2, level)
            self.assertIn(words, details)
            self.assertIn("CloudKitty 25 first", details)
        # The commands name both at once, and change nothing.
        for command in ((storage_init,), (dbsync, "upgrade")):
            exit_code, _, err = self.run_command(*command, storage=version_1)
            self.assertEqual(1, exit_code)
            line = err.strip().splitlines()[-1]
            self.assertIn("hashmap_alembic", line)
            self.assertIn("c703a1bad612", line)
            self.assertIsNone(migration.version(self.database))


class TestBeforeDbsync(BeforeDbsync, Checked):
    pass


class TestBeforeDbsyncOnMariaDB(BeforeDbsync, Checked):
    backend = "mariadb"


class TestPlaces(Checked):
    """History in servers beside the configured storage."""

    def setUp(self):
        super().setUp()
        self.add_scope()

    def history(self, **groups):
        return self.check(**groups)[1]["Rated history"]

    def test_influxdb(self):
        self.need("influxdb", influxdb.installed())
        server = self.useFixture(influxdb.InfluxDBFixture(self.make_folder()))
        group = {
            "host": "127.0.0.1",
            "port": server.port,
            "database": influxdb.DATABASE,
        }
        level, details = self.history(storage_influxdb=group)
        self.assertEqual(2, level)
        self.assertNotIn("InfluxDB", details)
        server.query(
            f"CREATE RETENTION POLICY old ON {influxdb.DATABASE} "
            "DURATION INF REPLICATION 1"
        )
        for policy in ("old", "autogen"):
            server.write(LINE, policy=policy)
            level, details = self.history(storage_influxdb=group)
            self.assertEqual(2, level)
            self.assertIn("InfluxDB of [storage_influxdb] has rated", details)
            self.assertIn("backend = influxdb", details)
            self.assertIn("import-rated --from", details)
        chosen = {"backend": "influxdb"}
        level, details = self.history(storage=chosen, storage_influxdb=group)
        self.assertEqual(1, level)
        self.assertIn("the retention policy old of the database", details)
        level, details = self.history(
            storage=chosen,
            storage_influxdb={**group, "retention_policy": "old"},
        )
        self.assertEqual(1, level)
        self.assertIn("is not the default policy", details)
        self.assertIn("the retention policy autogen of", details)

    def test_a_server_that_is_down(self):
        port = base.free_port()
        for group in (
            {
                "storage_influxdb": {
                    "host": "127.0.0.1",
                    "port": port,
                    "database": "ck",
                }
            },
            {
                "storage_opensearch": {
                    "host": f"http://127.0.0.1:{port}",
                    "timeout": 2,
                }
            },
        ):
            [name] = group
            for allowed in ("true", "false"):
                level, details = self.history(
                    storage={"allow_empty_history": allowed}, **group
                )
                self.assertEqual(2, level)
                self.assertIn("could not look: ", details)
                self.assertIn(f"if the points of [{name}]", details)

    def test_opensearch(self):
        index = opensearch.make_index(self)
        url = opensearch.url(self)
        group = {"host": url, "index_name": index}
        level, details = self.history(storage_opensearch=group)
        self.assertEqual(2, level)
        self.assertNotIn("OpenSearch", details)
        answer = requests.post(
            f"{url}/{index}/_doc?refresh=true", json=DOCUMENT, timeout=60
        )
        answer.raise_for_status()
        level, details = self.history(storage_opensearch=group)
        self.assertEqual(2, level)
        self.assertIn("OpenSearch of [storage_opensearch] has", details)
        self.assertIn("backend = opensearch", details)
