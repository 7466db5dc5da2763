# SPDX-License-Identifier: Apache-2.0
"""Checks, exit codes and texts of ``cloudkitty-status``."""

import importlib.util
import json
from unittest import mock

import sqlalchemy as sa

from cloudkitty.cli import dbsync
from cloudkitty.cli import status
from cloudkitty.cli import storage_init
from cloudkitty.db import facade
from cloudkitty.db.rules import module_states
from cloudkitty.db.rules import scripts as db_pyscripts
from cloudkitty.rating import broken
from cloudkitty.rating import loader as rating_loader
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import pyscripts
from cloudkitty.tests.unit.cli import case


class TestStatus(case.Case):
    def setUp(self):
        super().setUp()
        self.url = databases.make_url(self)

    def check(self, *argv, **groups):
        groups["collector_prometheus"] = {
            "prometheus_url": "http://127.0.0.1:1/api/v1"
        }
        for group, options in {
            "DEFAULT": {
                "auth_strategy": "noauth",
                "api_paste_config": case.METRICS.with_name("api_paste.ini"),
            },
            "collect": {
                "collector": "prometheus",
                "metrics_conf": case.METRICS,
            },
            "fetcher": {"backend": "source"},
            "fetcher_source": {"sources": "a"},
            "orchestrator": {
                "coordination_url": f"file://{self.folder}/locks"
            },
        }.items():
            groups[group] = {**options, **groups.get(group, {})}
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
        self.assertEqual(len(status.CHECKS), out.count("Success"))
        code, results = self.results()
        self.assertEqual({(0, None)}, set(results.values()))
        self.assertEqual([title for title, _ in status.CHECKS], [*results])

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
        version_1 = {"storage": {"version": 1}}
        code, results = self.results(**version_1)
        self.assertEqual((1, 1), (code, results["Storage version"][0]))
        result, details = results["Storage"]
        self.assertEqual(1, result)
        self.assertIn("run cloudkitty-storage-init", details)
        database = {"database": {"connection": self.url}}
        self.assertEqual(
            0, self.run_command(dbsync, "upgrade", **version_1, **database)[0]
        )
        code, results = self.results(**version_1)
        self.assertEqual((1, 0), (code, results["Storage"][0]))

    def test_a_storage_without_driver_is_a_failure(self):
        for groups in ({"version": 1, "backend": "hybrid"}, {"backend": "x"}):
            _, results = self.results(storage=groups)
            for title in ("Storage", "Rated history"):
                result, details = results[title]
                self.assertEqual(2, result)
                self.assertIn("[storage] backend", details)

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

    def test_a_database_without_tables_is_a_warning(self):
        code, results = self.results(
            database={"connection": f"sqlite:///{self.folder}/new.sqlite"}
        )
        self.assertEqual(
            {"Database schema", "Storage"},
            {title for title, (level, _) in results.items() if level},
        )
        result, details = results["Database schema"]
        self.assertEqual((1, 1), (code, result))
        self.assertIn("cloudkitty-dbsync upgrade", details)

    def test_a_points_database_behind_is_a_warning(self):
        url = f"sqlite:///{self.folder}/points.sqlite"
        points = {"storage_sqlalchemy": {"connection": url}}
        code, results = self.results(**points)
        result, details = results["Storage"]
        self.assertEqual((1, 1), (code, result))
        self.assertIn("cloudkitty-storage-init", details)
        database = {"database": {"connection": self.url}}
        self.run_command(storage_init, **points, **database)
        self.execute(
            "UPDATE cloudkitty_points_version SET version_num = '9876'",
            url=url,
        )
        code, results = self.results(**points)
        result, details = results["Storage"]
        self.assertEqual((2, 2), (code, result))
        self.assertIn("9876", details)

    def execute(self, statement, url=None, **values):
        engine = sa.create_engine(url or self.url)
        self.addCleanup(engine.dispose)
        with engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def test_no_database_is_a_failure(self):
        code, results = self.results(
            database={
                "connection": f"mysql+pymysql://ck:{case.SECRET}@127.0.0.1:"
                f"{base.free_port()}/ck"
            }
        )
        self.assertEqual(2, code)
        for title in (
            "Database schema",
            "Scopes",
            "Unfinished tasks",
            "Storage",
            "Rated history",
            "Rating modules",
            "Rating scripts",
        ):
            result, details = results[title]
            self.assertEqual(2, result, title)
            self.assertIn("127.0.0.1", details)
            self.assertNotIn(case.SECRET, details)
        # The others have looked.
        self.assertEqual((0, None), results["Fetcher"])

    def test_a_defect_of_one_check_is_a_failure_of_this_one(self):
        def check(context, found):
            raise KeyError("x")

        checks = (("Broken", check), *status.CHECKS)
        with mock.patch.object(status, "CHECKS", checks):
            code, results = self.results()
        self.assertEqual(2, code)
        self.assertEqual(
            (2, "could not look: KeyError, see the log"),
            results.pop("Broken"),
        )
        self.assertEqual({(0, None)}, set(results.values()))

    def test_what_a_start_loads(self):
        """All findings of one run."""
        paste = self.folder / "paste.ini"
        paste.write_text("[pipeline:x]\npipeline = nothing\n")
        code, results = self.results(
            DEFAULT={"api_paste_config": paste},
            fetcher={"backend": "nothing"},
            collect={"collector": "nothing"},
            storage={"backend": "nothing"},
            orchestrator={"coordination_url": "zookeeper://127.0.0.1:1"},
        )
        self.assertEqual(2, code)
        for title, words in (
            ("API pipeline", "cloudkitty+noauth"),
            ("Fetcher", "[fetcher] backend = nothing"),
            ("Metric definitions", "[collect] collector = nothing"),
            ("Storage", "[storage] backend = nothing"),
            ("Coordination", "needs the Python package kazoo"),
        ):
            result, details = results[title]
            self.assertEqual(2, result, title)
            self.assertIn(words, details)

    def test_the_token_cache_without_its_library(self):
        find_spec = importlib.util.find_spec

        def missing(name, package=None):
            return None if name == "memcache" else find_spec(name, package)

        with mock.patch.object(importlib.util, "find_spec", missing):
            _, results = self.results(
                DEFAULT={"auth_strategy": "keystone"},
                keystone_authtoken={"memcached_servers": "127.0.0.1:11211"},
            )
        result, details = results["API pipeline"]
        self.assertEqual(2, result)
        self.assertIn("python-memcached", details)

    def test_a_rating_module_that_is_not_installed(self):
        insert = "INSERT INTO modules_state VALUES (:name, :on, 1)"
        self.execute(insert, name="gone", on=True)
        self.execute(insert, name="off", on=False)
        # The API of version 1 keeps states of collectors there.
        self.execute(insert, name="collector_gnocchi", on=True)
        code, results = self.results()
        result, details = results["Rating modules"]
        self.assertEqual((2, 2), (code, result))
        self.assertIn("rating module gone is enabled", details)
        for name in ("off", "collector_gnocchi"):
            self.assertNotIn(name, details)

    def test_a_disabled_broken_rating_module_is_a_warning(self):
        bad = {"bad": broken.make("bad", "SyntaxError: x")}
        with mock.patch.object(rating_loader, "modules", lambda conf: bad):
            code, results = self.results()
        result, details = results["Rating modules"]
        self.assertEqual((1, 1), (code, result))
        self.assertIn("bad is disabled and cannot be loaded", details)

    def test_scopes_with_missing_columns(self):
        insert = (
            "INSERT INTO cloudkitty_storage_states (identifier, scope_key, "
            "fetcher, collector, last_processed_timestamp, active, "
            "period_seconds, period_timestamp) VALUES (:name, :key, :fetcher, "
            "'c', '2026-11-01 00:00:00.000000', :active, 3600, "
            "'2026-11-01 00:00:00.000000')"
        )
        for name, key, active in (
            ("a", "k", True),
            ("a", "l", True),
            ("b", "k", True),
            ("b", "l", False),
            ("c", None, True),
        ):
            self.execute(
                insert, name=name, key=key, fetcher="f", active=active
            )
        code, results = self.results()
        result, details = results["Scopes"]
        self.assertEqual((1, 1), (code, result))
        self.assertIn("1 scopes have a part of scope key", details)
        self.assertIn("scopes a: active with several", details)
        self.assertNotIn("neither", details)

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

    def test_unknown_collector_is_a_failure(self):
        _, results = self.results(collect={"collector": "nothing"})
        result, details = results["Metric definitions"]
        self.assertEqual(2, result)
        self.assertIn("[collect] collector", details)

    def test_usage(self):
        for argv in ((), ("upgrade",), ("upgrade", "now")):
            self.assertEqual(2, self.run_command(status, *argv)[0])
