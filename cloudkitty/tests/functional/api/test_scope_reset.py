# SPDX-License-Identifier: Apache-2.0
"""Scopes are reset from the API on, by real processes and a real client."""

import datetime
import pathlib
import sys
import time

from keystoneauth1 import loading
from keystoneauth1.exceptions import http

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.tests import base
from cloudkitty.tests import live_api
from cloudkitty.tests import new_scopes
from cloudkitty.tests import rabbitmq
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.orchestrator import deployment

try:
    from cloudkittyclient import client
except ImportError:
    client = None

HOUR = datetime.timedelta(hours=1)
#: Seconds, on a busy host.
PATIENCE = 60


class ResetTestCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.need("cloudkittyclient", client is not None)

    def deploy(self, url):
        made = deployment.Deployment(self, hours=6, transport_url=url)
        text = made.config.read_text()
        made.config.write_text(
            text.replace(
                "[DEFAULT]\n",
                f"[DEFAULT]\nauth_strategy = noauth\n"
                f"api_paste_config = {api.PASTE}\n",
                1,
            )
        )
        return made

    def connect(self, deployed):
        """Return the stock client of a real API process."""
        port = base.free_port()
        process = live_api.Process(
            [pathlib.Path(sys.executable).with_name("cloudkitty-api")],
            f"--config-file={deployed.config}",
            f"--port={port}",
        )
        self.useFixture(process)
        process.wait(f"http://127.0.0.1:{port}/")
        plugin = loading.get_plugin_loader("cloudkitty-noauth")
        return client.Client(
            "2",
            auth=plugin.load_from_options(endpoint=f"http://127.0.0.1:{port}"),
        )

    def last(self, deployed, name="project-a"):
        scope = new_scopes.make(name)
        with deployed.database.reader() as session:
            return scope_queries.get(session, scope).last_processed_at

    def reset(self, deployed, stock):
        """Reset one scope; return when the period at the date is next."""
        begin = deployed.window.begin + 2 * HOUR
        other = self.last(deployed, "project-b")
        answer = stock.scope.reset_scope_state(
            state=begin, scope_id="project-a"
        )
        self.assertEqual(202, answer.status_code)
        self.assertEqual({}, answer.json())
        give_up_at = time.monotonic() + PATIENCE
        while self.last(deployed) != begin - HOUR:
            self.assertLess(time.monotonic(), give_up_at)
            time.sleep(0.05)
        found = stock.scope.get_scope_state(scope_id="project-a")
        self.assertEqual(
            (begin - HOUR).isoformat(), found["results"][0]["state"]
        )
        self.assertEqual(other, self.last(deployed, "project-b"))
        return begin


class TestOverRabbitMQ(ResetTestCase):
    def test_a_processor_does_it(self):
        deployed = self.deploy(rabbitmq.make_url(self))
        deployed.set_price(1)
        processor = deployed.start()
        deployed.wait_for_log("rpc server listens")
        deployed.wait_until_rated()
        before = deployed.dump()
        stock = self.connect(deployed)
        begin = self.reset(deployed, stock)
        self.assertEqual(
            [
                row
                for row in before
                if dict(row)["scope_id"] == "project-b"
                or dict(row)["begin"] < str(begin)
            ],
            deployed.dump(),
        )
        processor.terminate()
        deployed.start()
        deployed.wait_until_rated()
        self.assertEqual(before, deployed.dump())


class TestEmbedded(ResetTestCase):
    def test_the_api_does_it_itself(self):
        deployed = self.deploy("fake://")
        deployed.set_price(1)
        processor = deployed.start()
        deployed.wait_until_rated()
        before = deployed.dump()
        stock = self.connect(deployed)
        self.reset(deployed, stock)
        processor.terminate()
        self.assertNotIn("rpc server listens", deployed.log_text())
        deployed.start()
        deployed.wait_until_rated()
        self.assertEqual(before, deployed.dump())

    def test_other_scope_methods_of_the_client(self):
        deployed = self.deploy("fake://")
        stock = self.connect(deployed)
        changed = stock.scope.update_scope(
            scope_id="project-a", active="false", collector="prometheus"
        )
        self.assertFalse(changed["active"])
        self.assertEqual("prometheus", changed["collector"])
        self.assertEqual("source", changed["fetcher"])
        self.assertEqual(404, self.refused(stock, "project-a"))
        self.assertEqual(404, self.refused(stock, "nobody"))

    def refused(self, stock, name):
        error = self.assertRaises(
            http.HttpError,
            stock.scope.reset_scope_state,
            state=base.utc("2026-11-01T00:00"),
            scope_id=name,
        )
        return error.http_status
