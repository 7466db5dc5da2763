# SPDX-License-Identifier: Apache-2.0
"""The short-lived commands: exit codes, and words an operator can use."""

import contextlib
import io
import json
import logging
import pathlib

import sqlalchemy as sa

from cloudkitty.cli import dbsync
from cloudkitty.cli import status
from cloudkitty.cli import storage_init
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db.rules import module_states
from cloudkitty.db.rules import scripts as db_pyscripts
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import pyscripts

METRICS = pathlib.Path(__file__).parents[4] / "etc/cloudkitty/metrics.yml"
SECRET = "not-to-be-shown"


class CommandCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.make_folder()
        self.url = f"sqlite:///{self.folder}/ck.sqlite"
        # A command sets the logging of its process up.
        handlers = list(logging.root.handlers)
        self.addCleanup(setattr, logging.root, "handlers", handlers)

    def run_command(self, module, *argv, connection=None, **groups):
        """Return exit code, standard output and standard error."""
        groups["database"] = {
            "connection": connection or self.url,
            "max_retries": 0,
            **groups.get("database", {}),
        }
        conf = self.folder / "cloudkitty.conf"
        conf.write_text(
            "".join(
                f"[{group}]\n"
                + "".join(f"{key} = {value}\n" for key, value in some.items())
                for group, some in groups.items()
            )
        )
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = module.main([f"--config-file={conf}", *argv])
            except SystemExit as usage:
                code = usage.code
        return code, out.getvalue(), err.getvalue()

    def tables(self):
        engine = sa.create_engine(self.url)
        self.addCleanup(engine.dispose)
        return set(sa.inspect(engine).get_table_names())


class TestDbsync(CommandCase):
    def test_upgrade_and_version(self):
        self.assertEqual(
            (0, "none\n"), self.run_command(dbsync, "version")[:2]
        )
        for _ in range(2):
            self.assertEqual(0, self.run_command(dbsync, "upgrade")[0])
        self.assertIn("storage_scope_reprocessing_schedule", self.tables())
        self.assertEqual(
            (0, f"{migration.head()}\n"),
            self.run_command(dbsync, "version")[:2],
        )

    def test_stamp_touches_no_table(self):
        code, _, _ = self.run_command(dbsync, "stamp", "--revision", "head")
        self.assertEqual(0, code)
        self.assertEqual({migration.VERSION_TABLE}, self.tables())

    def test_a_revision_that_is_not_there(self):
        for subcommand in ("upgrade", "stamp"):
            code, _, err = self.run_command(
                dbsync, subcommand, "--revision", "nowhere"
            )
            self.assertEqual(1, code)
            self.assertIn("nowhere", err)
            self.assertNotIn("Traceback", err)

    def test_modules_of_upstreams_scripts_are_accepted(self):
        for name in ("cloudkitty", "hashmap", "pyscripts"):
            code, _, err = self.run_command(
                dbsync, "upgrade", "--module", name
            )
            self.assertEqual(0, code)
            self.assertIn("one tree", err)
        self.assertIn("hashmap_mappings", self.tables())

    def test_a_module_that_is_not_there(self):
        code, _, err = self.run_command(dbsync, "upgrade", "--module", "hash")
        self.assertEqual(1, code)
        self.assertIn("hashmap", err)
        self.assertEqual(set(), self.tables())

    def test_usage(self):
        for argv in ((), ("downgrade",)):
            self.assertEqual(2, self.run_command(dbsync, *argv)[0])

    def test_no_database(self):
        for connection, words in (
            (f"sqlite:///{self.folder}/none/x.sqlite", "unable to open"),
            (
                f"mysql+pymysql://ck:{SECRET}@127.0.0.1:{base.free_port()}/ck",
                "127.0.0.1",
            ),
            (
                f"postgresql+psycopg2://ck:{SECRET}@127.0.0.1:"
                f"{base.free_port()}/ck",
                "127.0.0.1",
            ),
            (f"nonsense://ck:{SECRET}@127.0.0.1/ck", "nonsense"),
            (f"oracle://ck:{SECRET}@127.0.0.1/ck", "not installed"),
            ("no-url", "[database] connection"),
        ):
            code, _, err = self.run_command(
                dbsync, "upgrade", connection=connection
            )
            self.assertEqual(1, code, connection)
            self.assertIn(words, err)
            self.assertNotIn("Traceback", err)
            self.assertNotIn(SECRET, err)


class TestStorageInit(CommandCase):
    def test_from_nothing_and_again(self):
        for _ in range(2):
            self.assertEqual(0, self.run_command(storage_init)[0])
            self.assertIn("cloudkitty_rated_points", self.tables())
            self.assertIn("cloudkitty_storage_states", self.tables())

    def test_points_database_of_a_newer_release(self):
        url = f"sqlite:///{self.folder}/points.sqlite"
        points = {"storage_sqlalchemy": {"connection": url}}
        for _ in range(2):
            self.assertEqual(
                (0, ""), self.run_command(storage_init, **points)[:2]
            )
        engine = sa.create_engine(url)
        self.addCleanup(engine.dispose)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE cloudkitty_points_version SET version_num = '9876'"
            )
        code, _, err = self.run_command(storage_init, **points)
        self.assertEqual(1, code)
        # Messages of alembic's log stand before it.
        line = err.splitlines()[-1]
        self.assertTrue(line.startswith("cloudkitty-storage-init: "), err)
        self.assertIn("9876", line)
        self.assertNotIn("Traceback", err)

    def test_a_storage_that_is_not_there(self):
        code, _, err = self.run_command(
            storage_init, storage={"backend": "cupboard"}
        )
        self.assertEqual(1, code)
        self.assertIn("cupboard", err)


class TestStatus(CommandCase):
    def setUp(self):
        super().setUp()
        self.url = databases.make_url(self)

    def check(self, *argv, **groups):
        groups["collector_prometheus"] = {
            "prometheus_url": "http://127.0.0.1:1/api/v1"
        }
        groups["collect"] = {
            "collector": "prometheus",
            "metrics_conf": METRICS,
            **groups.get("collect", {}),
        }
        return self.run_command(status, "upgrade", "check", *argv, **groups)

    def results(self, **groups):
        """Return the exit code, and result and details by check."""
        code, out, _ = self.check("--json", **groups)
        return code, {
            check["check"]: (check["result"], check["details"])
            for check in json.loads(out)["checks"]
        }

    def test_all_is_well(self):
        code, out, _ = self.check()
        self.assertEqual(0, code)
        self.assertEqual(6, out.count("Success"))
        code, results = self.results()
        self.assertEqual([(0, None)] * 6, list(results.values()))

    def test_scripts_that_would_not_run_are_a_warning(self):
        conf = self.make_conf(database={"connection": self.url})
        database = facade.Database(conf)
        self.addCleanup(database.dispose)
        added = pyscripts.add(database, "a = 1")

        def result(**options):
            code, results = self.results(pyscripts=options)
            return code, results["Rating scripts"][0]

        self.assertEqual((0, 0), result())
        database.write(
            lambda session: module_states.set_enabled(
                session, "pyscripts", True
            )
        )
        self.assertEqual((1, 1), result())
        self.assertEqual((0, 0), result(enabled="true"))
        database.write(
            lambda session: db_pyscripts.mark_deleted(
                session, added.id, added.start, "me"
            )
        )
        self.assertEqual((0, 0), result())

    def test_storage_of_version_1_is_a_warning(self):
        code, results = self.results(storage={"version": 1})
        self.assertEqual((1, 1), (code, results["Storage version"][0]))

    def test_a_policy_in_json_is_a_failure(self):
        policy = self.folder / "policy.json"
        policy.write_text("{}")
        code, results = self.results(oslo_policy={"policy_file": policy})
        self.assertEqual((2, 2), (code, results["Policy file is not JSON"][0]))

    def test_a_wrong_policy_file_is_a_failure(self):
        policy = self.folder / "policy.yaml"
        policy.write_text('"scope:reset_state": "rule:admin_requird"')
        code, results = self.results(oslo_policy={"policy_file": policy})
        result, details = results["Policy rules"]
        self.assertEqual((2, 2), (code, result))
        for word in (f"{policy}, line 1", "rule:admin_requird"):
            self.assertIn(word, details)

    def test_a_database_behind_is_a_failure(self):
        code, results = self.results(
            database={"connection": f"sqlite:///{self.folder}/new.sqlite"}
        )
        result, details = results["Database schema"]
        self.assertEqual((2, 2), (code, result))
        self.assertIn("cloudkitty-dbsync upgrade", details)

    def test_a_points_database_behind_is_a_failure(self):
        code, results = self.results(
            storage_sqlalchemy={
                "connection": f"sqlite:///{self.folder}/points.sqlite"
            }
        )
        result, details = results["Database schema"]
        self.assertEqual((2, 2), (code, result))
        self.assertIn("cloudkitty-storage-init", details)

    def test_no_database_is_a_failure(self):
        code, results = self.results(
            database={
                "connection": f"mysql+pymysql://ck:{SECRET}@127.0.0.1:"
                f"{base.free_port()}/ck"
            }
        )
        result, details = results["Database schema"]
        self.assertEqual((2, 2), (code, result))
        self.assertIn("127.0.0.1", details)
        self.assertNotIn(SECRET, details)

    def metrics(self, text, collector="prometheus", **groups):
        """Return the result and the details of the check of a file."""
        path = self.folder / "metrics.yml"
        path.write_text(text)
        groups["collect"] = {"metrics_conf": path, "collector": collector}
        _, results = self.results(**groups)
        return results["Metric definitions"]

    def test_refused_metrics_are_a_failure_that_names_all(self):
        skip = "skip_datapoints_expression"
        result, details = self.metrics(
            "metrics:\n"
            " a: {unit: u, groupby: [id, month, year]}\n"
            " b: {unit: u, metadata: [week_of_the_year]}\n"
            " c: {unit: u, groupby: [qty, type]}\n"
            f" d: {{unit: u, {skip}: open(1)}}\n"
            " f: {unit: u, groupby: [a-b]}\n"
            " e: {unit: u, extra_args: {aggregation_method: p99}}\n",
            orchestrator={skip: "datapoint.vol"},
        )
        self.assertEqual(2, result)
        for words in (
            "metrics.yml: metric a: groupby: month, year: ",
            "metrics.yml: metric b: metadata: week_of_the_year: ",
            "metrics.yml: metric c: groupby: qty: ",
            "metrics.yml: metric c: groupby: type: ",
            f"metrics.yml: metric d: {skip}: a call to 'open'",
            "metrics.yml: metric f: 'a-b' is not a Prometheus label",
            "metrics.yml: metric e: extra_args: aggregation_method",
            f"[orchestrator] {skip}: the attribute 'vol'",
        ):
            self.assertEqual(1, details.count(words), (words, details))

    def test_metrics_with_another_meaning_are_a_warning(self):
        result, details = self.metrics(
            "metrics: {a: {unit: u, groupby: [begin], mutate: MAP}}"
        )
        self.assertEqual(1, result)
        self.assertIn("metric a: groupby: begin: ", details)
        self.assertIn("metric a: mutate: MAP without a mutate_map", details)

    def test_metrics_that_clash_are_a_failure(self):
        result, details = self.metrics(
            "metrics: {a: {unit: u, alt_name: b}, a@#b: {unit: u}}", "none"
        )
        self.assertEqual(2, result)
        self.assertIn("a@#b is defined twice", details)

    def test_no_metrics_are_a_failure(self):
        for text in ("", "metrics: {}", "[", "a: 1\nmetrics: {m: {unit: u}}"):
            self.assertEqual(2, self.metrics(text)[0], text)
        _, results = self.results(collect={"metrics_conf": "/none/m.yml"})
        self.assertIn("/none/m.yml", results["Metric definitions"][1])

    def test_a_collector_that_is_not_there_is_a_failure(self):
        _, results = self.results(collect={"collector": "nothing"})
        result, details = results["Metric definitions"]
        self.assertEqual(2, result)
        self.assertIn("[collect] collector", details)

    def test_usage(self):
        for argv in ((), ("upgrade",), ("upgrade", "now")):
            self.assertEqual(2, self.run_command(status, *argv)[0])
