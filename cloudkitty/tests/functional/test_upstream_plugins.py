# SPDX-License-Identifier: Apache-2.0
"""Plugins written for CloudKitty 25: rate, reprocess and serve with them."""

import datetime
import decimal
import os
import pathlib
import subprocess
import sys
import time

import fixtures
import requests

from cloudkitty import conf as ck_conf
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db.rules import module_states
from cloudkitty.tests import base
from cloudkitty.tests.functional.orchestrator import deployment
from cloudkitty.tests.functional.plugins import install

TOP = pathlib.Path(__file__).resolve().parents[3]
HOUR = datetime.timedelta(hours=1)
D = decimal.Decimal

METRICS = """
metrics:
  cpu:
    unit: core
    alt_name: instance
    groupby: [id]
    metadata: [flavor]
    extra_args: {step: 1}
  disk:
    unit: GiB
    factor: 1/2
    extra_args: {step: 2, silent_hours: SILENT}
"""

CONF = """
[DEFAULT]
auth_strategy = noauth
transport_url = fake://
api_paste_config = {top}/etc/cloudkitty/api_paste.ini
[database]
connection = sqlite:///{folder}/cloudkitty.sqlite
[api]
port = {port}
[collect]
collector = {collector}
metrics_conf = {folder}/metrics.yml
[collector_acme]
base = 0.5
broken_scope = broken
[fetcher]
backend = acme
[fetcher_acme]
tenants = scope-a,broken
[storage]
backend = {storage}
[storage_acme]
path = {folder}/points
[orchestrator]
coordination_url = file://{folder}/locks
max_workers = 1
max_workers_reprocessing = 1
reprocess_poll_interval = 1
"""

PROGRAM = "from cloudkitty.cli import {0}; raise SystemExit({0}.main())"


class Cloud:
    """A deployment with the packages in a folder on the path.

    :param test: its owner.
    :param storage: ``[storage] backend``.
    """

    def __init__(self, test, storage="sqlalchemy", collector="acme"):
        self.test = test
        self.folder = test.make_folder()
        self.path = self.folder / "installed"
        self.path.mkdir()
        self.port = base.free_port()
        self.config = self.folder / "cloudkitty.conf"
        self.config.write_text(
            CONF.format(
                top=TOP,
                folder=self.folder,
                port=self.port,
                storage=storage,
                collector=collector,
            )
        )
        now = datetime.datetime.now(datetime.UTC)
        # The newest period that is due at every minute of the hour.
        end = periods.floor(now, 3600) - 2 * HOUR
        self.window = periods.Window(end - 4 * HOUR, end)
        self.silent = self.window.begin.hour
        (self.folder / "metrics.yml").write_text(
            METRICS.replace("SILENT", f"[{self.silent}]")
        )
        for name, value in (
            ("PYTHONPATH", f"{self.path}{os.pathsep}{TOP}"),
            # stevedore remembers entry points there otherwise.
            ("XDG_CACHE_HOME", str(self.folder / "cache")),
        ):
            test.useFixture(fixtures.EnvironmentVariable(name, value))

    def run(self, command, *arguments):
        return subprocess.run(
            self._line(command, *arguments),
            capture_output=True,
            text=True,
            timeout=600,
        )

    def prepare(self):
        for command in (["dbsync", "upgrade"], ["storage_init"]):
            done = self.run(*command)
            self.test.assertEqual(0, done.returncode, done.stderr)

    def serve(self):
        with (self.folder / "api.log").open("wb") as log:
            process = subprocess.Popen(
                self._line("api"), stdout=log, stderr=log
            )
        self.test.addCleanup(process.wait, 30)
        self.test.addCleanup(process.terminate)
        self.wait_for("the API", lambda: self._answers(process))

    def start(self):
        processor = deployment.Processor(self.config, self.folder / "log")
        self.test.addCleanup(processor.kill)

    def _line(self, command, *arguments):
        return [
            *(sys.executable, "-c", PROGRAM.format(command)),
            *("--config-file", str(self.config), *arguments),
        ]

    def _answers(self, process):
        self.test.assertIsNone(process.poll(), self.log_text("api.log"))
        try:
            return self.request("GET", "/", expected=200)
        except requests.ConnectionError:
            return False

    def log_text(self, name="log"):
        return (self.folder / name).read_text(errors="replace")

    def wait_for(self, name, done, seconds=600):
        give_up_at = time.monotonic() + seconds
        while not done():
            if time.monotonic() > give_up_at:
                log = self.folder / "log"
                self.test.fail(
                    f"{name} did not come:\n"
                    + (self.log_text() if log.exists() else "")
                )
            time.sleep(0.1)

    def request(self, method, path, expected, **arguments):
        answer = requests.request(
            method,
            f"http://127.0.0.1:{self.port}{path}",
            timeout=30,
            **arguments,
        )
        self.test.assertEqual(expected, answer.status_code, answer.text)
        if not answer.content:
            return None
        return answer.json(parse_float=D, parse_int=D)

    def create_scope(self, scope_id="scope-a"):
        """Create a scope that is rated from the begin of the window."""
        self.request(
            "POST",
            "/v2/scope",
            200,
            json={
                "scope_id": scope_id,
                "scope_key": "project_id",
                "fetcher": "acme",
                "collector": "acme",
                "last_processed_timestamp": str(self.window.begin - HOUR),
            },
        )

    def rates(self):
        """Return the rate of each metric in the window."""
        found = self.request(
            "GET",
            "/v2/summary",
            200,
            params={
                "begin": self.window.begin.isoformat(),
                "end": self.window.end.isoformat(),
                "groupby": "type",
                "filters": "project_id:scope-a",
                "response_format": "object",
            },
        )
        return {row["type"]: row["rate"] for row in found["results"]}

    def expected(self, **prices):
        """Return the rates that the packages compute."""
        cpu = disk = D(0)
        for period in self.window.periods(3600):
            hour = period.begin.hour
            cpu += D("0.5") + hour
            if hour != self.silent:
                disk += (D("0.5") + 2 * hour) / 2
        return {
            "instance": cpu * prices["instance"],
            "disk": disk * prices["disk"],
        }

    def last_processed_at(self):
        [found] = self.request("GET", "/v2/scope?scope_id=scope-a", 200)[
            "results"
        ]
        return datetime.datetime.fromisoformat(
            found["last_processed_timestamp"]
        )

    def rate_live(self):
        """Start a processor; wait until it has rated the window."""
        self.start()
        last = self.window.last_period(3600)
        self.wait_for("live rating", lambda: self.last_processed_at() >= last)

    def reprocess(self):
        """Reprocess the window; return the finished task."""
        self.request(
            "POST",
            "/v2/task/reprocesses",
            200,
            json={
                "scope_ids": ["scope-a"],
                "start_reprocess_time": str(self.window.begin),
                "end_reprocess_time": str(self.window.last_period(3600)),
                "reason": "new prices",
            },
        )
        path = "/v2/task/reprocesses/scope-a"

        def ended():
            return self.request("GET", path, 200)["state"] in (
                "succeeded",
                "failed",
            )

        self.wait_for("the end of the task", ended)
        task = self.request("GET", path, 200)
        self.test.assertEqual("succeeded", task["state"], self.log_text())
        return self.request("GET", f"/v2/task/{task['id']}", 200)


PRICES = "/v1/rating/module_config/acme/prices"


class Case(base.TestCase):
    def set_prices(self, cloud, **prices):
        for metric, price in prices.items():
            cloud.request(
                "POST", PRICES, 201, json={"metric": metric, "price": price}
            )

    def rate_and_reprocess(self, storage):
        cloud = Cloud(self, storage)
        install.install(cloud.path, *install.ENTRY_POINTS)
        cloud.prepare()
        cloud.serve()
        cloud.create_scope()
        cloud.create_scope("broken")
        self.set_prices(cloud, instance=3, disk=5)
        cloud.request(
            "PUT", "/v2/rating/modules/acme", 204, json={"enabled": True}
        )
        cloud.rate_live()
        self.assertEqual(cloud.expected(instance=3, disk=5), cloud.rates())
        self.set_prices(cloud, instance=7)
        task = cloud.reprocess()
        self.assertEqual(cloud.expected(instance=7, disk=5), cloud.rates())
        totals = {row["metric"]: row for row in task["totals"]}
        self.assertEqual(
            {"instance": 4, "disk": 3},
            {name: row["after"]["points"] for name, row in totals.items()},
        )
        return cloud


class TestWithOurStorage(Case):
    def test_rating_and_reprocessing(self):
        cloud = self.rate_and_reprocess("sqlalchemy")
        # The error of one scope is in the log and concerns only this scope.
        self.assertIn("acme: the scope is broken", cloud.log_text())
        [module] = [
            one
            for one in cloud.request("GET", "/v2/rating/modules", 200)[
                "modules"
            ]
            if one["module_id"] == "acme"
        ]
        self.assertEqual(
            "Price for each unit of a metric.", module.pop("description")
        )
        self.assertEqual(
            {
                "module_id": "acme",
                "enabled": True,
                "hot_config": True,
                "priority": 1,
            },
            module,
        )
        price = cloud.request(
            "POST",
            "/v1/rating/quote",
            200,
            json={
                "resources": [
                    {"service": "instance", "desc": {}, "volume": "2"}
                ]
            },
        )
        self.assertEqual("14", price)

    def test_the_controller(self):
        cloud = Cloud(self)
        install.install(cloud.path, *install.ENTRY_POINTS)
        cloud.prepare()
        cloud.serve()
        self.set_prices(cloud, instance=3)
        expected = {"metric": "instance", "price": 3}
        for path in (PRICES, f"{PRICES}/"):
            self.assertEqual([expected], cloud.request("GET", path, 200))
        self.assertEqual(
            expected, cloud.request("GET", f"{PRICES}/instance", 200)
        )
        cloud.request("GET", f"{PRICES}/other", 404)
        refused = cloud.request("POST", PRICES, 400, json={"metric": "x"})
        self.assertIn("Mandatory field missing", refused["faultstring"])
        cloud.request(
            "GET", "/v1/billing/module_config/acme/prices/instance", 200
        )
        cloud.request("GET", "/v1/rating/module_config/acme/nothing", 405)
        # Parts of this service are not affected.
        cloud.request("GET", "/v1/rating/module_config/noop", 409)
        cloud.request("GET", "/v1/rating/module_config/hashmap/types", 200)


class TestWithTheirStorage(Case):
    def test_rating_and_reprocessing(self):
        cloud = self.rate_and_reprocess("acme")
        frames = cloud.request(
            "GET",
            "/v2/dataframes",
            200,
            params={
                "begin": cloud.window.begin.isoformat(),
                "end": cloud.window.end.isoformat(),
                "filters": "project_id:scope-a",
            },
        )
        self.assertEqual(7, frames["total"])
        [point] = frames["dataframes"][0]["usage"]["instance"]
        self.assertEqual("x", point["groupby"]["id"])
        self.assertEqual(
            str(cloud.window.begin.month), point["groupby"]["month"]
        )


class TestBrokenModules(Case):
    def setUp(self):
        super().setUp()
        self.cloud = Cloud(self)
        install.install(self.cloud.path, *install.ENTRY_POINTS)
        (self.cloud.path / "bad_rating.py").write_text("1 / 0\n")
        install.declare(
            self.cloud.path,
            "bad_rating",
            "cloudkitty.rating.processors",
            "bad = bad_rating:Bad",
        )
        self.cloud.prepare()
        self.cloud.serve()

    def module(self):
        return self.cloud.request("GET", "/v2/rating/modules/bad", 200)

    def test_a_disabled_one_is_a_warning(self):
        self.assertIn("cannot be loaded", self.module()["description"])
        self.assertFalse(self.module()["enabled"])
        self.cloud.request(
            "PUT", "/v2/rating/modules/bad", 409, json={"enabled": True}
        )
        self.cloud.create_scope()
        self.cloud.rate_live()
        log = self.cloud.log_text()
        self.assertEqual(
            1, log.count("rating module cannot be loaded module=bad"), log
        )

    def test_an_enabled_one_refuses_the_start_of_the_processor(self):
        conf = ck_conf.make(["--config-file", str(self.cloud.config)])
        database = facade.Database(conf)
        self.addCleanup(database.dispose)
        database.write(
            lambda session: module_states.set_enabled(session, "bad", True)
        )
        done = self.cloud.run("processor")
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn("rating module bad is enabled", done.stderr)
        self.assertIn("ZeroDivisionError", done.stderr)
        # The API shows it, and it can be disabled.
        self.assertTrue(self.module()["enabled"])
        self.cloud.request(
            "PUT", "/v2/rating/modules/bad", 204, json={"enabled": False}
        )
        self.cloud.create_scope()
        self.cloud.rate_live()
