# SPDX-License-Identifier: Apache-2.0
"""Real processors that are asked over a real RabbitMQ."""

import datetime
import decimal
import os
import re
import signal
import time

import oslo_messaging

from cloudkitty.common import messaging
from cloudkitty.common import periods
from cloudkitty.common import rpc
from cloudkitty.common import scopes
from cloudkitty.common.rpc import client as rpc_client
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.orchestrator import locks
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests import rabbitmq
from cloudkitty.tests.functional.orchestrator import deployment

HOUR = datetime.timedelta(hours=1)
USAGE = {
    "instance": [{"desc": {}, "vol": {"qty": "3", "unit": "undef"}}],
    "volume.size": [
        {
            "desc": {"groupby": {"a": 1}, "metadata": {"b": None}},
            "vol": {"qty": decimal.Decimal("0.5"), "unit": "undef"},
        }
    ],
    "nothing": [{"desc": {}, "vol": {"qty": "7", "unit": "undef"}}],
}


class RpcTestCase(base.TestCase):
    def deploy(self, **options):
        url = rabbitmq.make_url(self)
        return deployment.Deployment(
            self, hours=6, transport_url=url, **options
        )

    def client(self, deployed, timeout=20):
        conf = deployed.conf
        self.bus(conf)  # Registers the option.
        conf.set_override("rpc_response_timeout", timeout)
        client = rpc_client.BusClient(conf)
        self.addCleanup(client.close)
        return client

    def bus(self, conf, **target):
        """Return a plain client of the library."""
        library = messaging.load(conf)
        transport = library.get_rpc_transport(conf)
        self.addCleanup(transport.cleanup)
        return library.get_rpc_client(
            transport, library.Target(topic="cloudkitty", **target)
        )

    def start(self, deployed):
        processor = deployed.start()
        deployed.wait_for(
            "the RPC server",
            lambda: "rpc server listens" in deployed.log_text(),
        )
        return processor

    def last(self, deployed, name):
        with deployed.database.reader() as session:
            found = scope_queries.get(session, new_scopes.make(name))
        return found.last_processed_at


class TestQuote(RpcTestCase):
    def test_prices_and_errors(self):
        deployed = self.deploy()
        deployed.set_price("1.25")
        client = self.client(deployed)
        self.start(deployed)
        self.assertEqual(decimal.Decimal("4.375"), client.quote(USAGE))
        self.assertEqual(0, client.quote({}))
        bad = {"instance": [{"desc": {}, "vol": {"qty": "many"}}]}
        error = self.assertRaises(rpc.InvalidUsage, client.quote, bad)
        self.assertEqual("the volume of 'instance' is no number", str(error))
        # Rules and modules are those of the moment.
        deployed.set_price("2")
        self.assertEqual(decimal.Decimal(7), client.quote(USAGE))

    def test_upstreams_client(self):
        """Every message of the facts, from a client made of the facts."""
        deployed = self.deploy()
        deployed.set_price("2")
        self.start(deployed)
        client = self.bus(deployed.conf, exchange="cloudkitty", version="1.0")
        rating = client.prepare(namespace="rating", timeout=20)
        points = [{"desc": {}, "vol": {"qty": "3", "unit": "undef"}}]
        usage = {"usage": {"instance": points}}
        price = rating.call({}, "quote", res_data=usage)
        self.assertEqual(decimal.Decimal(6), decimal.Decimal(price))
        self.assertIsInstance(price, str)
        fanout = client.prepare(namespace="rating", fanout=True)
        for method in ("reload_module", "enable_module", "disable_module"):
            fanout.cast({}, method, name="hashmap")
            self.assertIsNone(rating.call({}, method, name="hashmap"))
        newer = client.prepare(namespace="rating", version="1.1", timeout=20)
        newer.cast({}, "reload_modules")
        self.assertIsNone(newer.call({}, "reload_modules"))
        deployed.wait_until_rated()
        begin = deployed.window.begin + 2 * HOUR
        row = {
            "scope_id": "project-a",
            "scope_key": "project_id",
            "fetcher": "source",
            "collector": "openmetrics",
        }
        client.prepare(timeout=20).call(
            {},
            "reset_state",
            res_data={
                "scopes": [row],
                "last_processed_timestamp": begin.isoformat(),
            },
        )
        deployed.wait_for(
            "the reset",
            lambda: self.last(deployed, "project-a") == begin - HOUR,
        )

    def test_our_client_to_upstreams_server(self):
        """What comes is what the facts say."""
        deployed = self.deploy()
        came = []

        class Rating:
            target = oslo_messaging.Target(namespace="rating", version="1.0")

            def quote(self, context, res_data):
                came.append((context, "quote", res_data))
                if "broken" in res_data["usage"]:
                    raise KeyError("broken")
                return "1.50"

            def enable_module(self, context, name):
                came.append((context, "enable_module", name))

            def disable_module(self, context, name):
                came.append((context, "disable_module", name))

            def reload_module(self, context, name):
                came.append((context, "reload_module", name))

        class Scope:
            target = oslo_messaging.Target(version="1.0")

            def reset_state(self, context, res_data):
                came.append((context, "reset_state", res_data))

        conf = deployed.conf
        library = messaging.load(conf)
        transport = library.get_rpc_transport(conf)
        self.addCleanup(transport.cleanup)
        server = library.get_rpc_server(
            transport,
            library.Target(topic="cloudkitty", server="there"),
            [Rating(), Scope()],
            executor="threading",
        )
        server.start()
        self.addCleanup(server.wait)
        self.addCleanup(server.stop)
        client = self.client(deployed)
        self.assertEqual(decimal.Decimal("1.5"), client.quote(USAGE))
        self.assertRaises(rpc.Unavailable, client.quote, {"broken": []})
        client.module_changed("hashmap", True)
        client.module_changed("hashmap", False)
        client.module_changed("hashmap", None)
        half = scopes.Scope(
            identifier="half", scope_key="", fetcher="", collector=""
        )
        at = base.utc("2026-11-01T05:00")
        client.reset_state([new_scopes.make("project-a"), half], at)
        deployed.wait_for("all messages", lambda: len(came) == 6)
        # (The library adds the first.)
        added = {"client_timeout"}
        self.assertEqual(set(), set().union(*(c for c, _, _ in came)) - added)
        sent = {method: data for _, method, data in came[2:]}
        self.assertEqual(
            ["hashmap"] * 3,
            [
                sent[f"{verb}_module"]
                for verb in ("enable", "disable", "reload")
            ],
        )
        self.assertEqual(
            {
                "scopes": [
                    {
                        "scope_id": "project-a",
                        "scope_key": "project_id",
                        "fetcher": "source",
                        "collector": "openmetrics",
                    },
                    {
                        "scope_id": "half",
                        "scope_key": None,
                        "fetcher": None,
                        "collector": None,
                    },
                ],
                "last_processed_timestamp": "2026-11-01T05:00:00+00:00",
            },
            sent["reset_state"],
        )
        quoted = came[0][2]["usage"]
        self.assertEqual("0.5", quoted["volume.size"][0]["vol"]["qty"])


class TestUnanswered(RpcTestCase):
    def test_calls_without_a_processor(self):
        deployed = self.deploy()
        client = self.client(deployed)
        began = time.monotonic()
        self.assertRaises(rpc.Unavailable, client.quote, USAGE)
        self.assertRaises(
            rpc.Unavailable,
            client.reset_state,
            [new_scopes.make("project-a")],
            deployed.window.begin,
        )
        # A call without listeners is no error.
        client.module_changed("hashmap", True)
        self.assertLess(time.monotonic() - began, 10)

    def test_the_processor_is_gone(self):
        deployed = self.deploy()
        client = self.client(deployed, timeout=2)
        processor = self.start(deployed)
        client.quote(USAGE)
        processor.kill()
        began = time.monotonic()
        self.assertRaises(rpc.Unavailable, client.quote, USAGE)
        self.assertLess(time.monotonic() - began, 8)

    def test_the_bus_is_down(self):
        url = f"rabbit://guest:guest@127.0.0.1:{base.free_port()}/"
        deployed = deployment.Deployment(self, hours=1, transport_url=url)
        client = self.client(deployed)
        began = time.monotonic()
        self.assertRaises(rpc.Unavailable, client.quote, USAGE)
        self.assertRaises(
            rpc.Unavailable, client.module_changed, "hashmap", True
        )
        self.assertLess(time.monotonic() - began, 15)
        # A processor rates without the bus, and ends on request.
        processor = deployed.start()
        deployed.wait_until_rated()
        code, seconds = processor.terminate()
        self.assertEqual(0, code)
        self.assertLess(seconds, 15)


class TestReset(RpcTestCase):
    def test_the_period_at_the_date_is_rated_again(self):
        deployed = self.deploy(scope_ids=("project-a", "project-b"))
        deployed.set_price("1")
        self.start(deployed)
        deployed.wait_until_rated()
        before = deployed.dump()
        begin = deployed.window.begin + 3 * HOUR
        rest = periods.Window(begin, deployed.window.end)
        deployed.set_price("2")
        client = self.client(deployed)
        client.reset_state([new_scopes.make("project-a")], begin)
        deployed.wait_for(
            "the reset",
            lambda: "scope reset scope_id=project-a" in deployed.log_text(),
        )
        old, others = deployed.select(before, "project-a", rest)
        # The reset wakes live rating: the next cycle is an hour away.
        deployed.wait_until_rated()
        new, untouched = deployed.select(deployed.dump(), "project-a", rest)
        self.assertEqual(others, untouched)
        self.assertEqual(
            [deployment.without_price(row) for row in old],
            [deployment.without_price(row) for row in new],
        )
        self.assertEqual(
            {decimal.Decimal(2)},
            set().union(*deployment.prices_by_begin(new).values()),
        )

    def test_unfinished_requests_are_handed_on(self):
        """A processor that ends leaves its orders to the next one."""
        deployed = self.deploy()
        processor = self.start(deployed)
        deployed.wait_until_rated()
        rated_to = self.last(deployed, "project-a")
        begin = deployed.window.begin + HOUR
        held = _Held(deployed.conf, "project-a")
        held.acquire()
        self.addCleanup(held.release)
        client = self.client(deployed)
        client.reset_state([new_scopes.make("project-a")], begin)
        deployed.wait_for(
            "the order", lambda: "scope reset ordered" in deployed.log_text()
        )
        processor.terminate()
        self.assertIn("scope resets handed on", deployed.log_text())
        self.assertEqual(rated_to, self.last(deployed, "project-a"))
        held.release()
        deployed.start()
        deployed.wait_for(
            "the reset",
            lambda: "scope reset scope_id=project-a" in deployed.log_text(),
        )

    def test_a_killed_rpc_process_is_restarted(self):
        deployed = self.deploy()
        self.start(deployed)
        client = self.client(deployed)
        client.quote(USAGE)
        os.kill(_server_pid(deployed.log_text()), signal.SIGKILL)
        deployed.wait_for(
            "another one",
            lambda: deployed.log_text().count("rpc server listens") == 2,
        )
        self.assertEqual(0, client.quote(USAGE))


class _Held:
    """Another process's hold of a scope's lock."""

    def __init__(self, conf, scope_id):
        self._locks = locks.Locks(conf)
        self._locks.start()
        self._name = self._locks.names.of_scope(scope_id)
        self._hold = self._locks.try_hold(self._name)

    def acquire(self):
        assert self._hold.__enter__()

    def release(self):
        if self._hold is not None:
            self._hold.__exit__(None, None, None)
            self._locks.stop()
            self._hold = None


def _server_pid(log):
    """Return the process that last said that it listens."""
    return int(re.findall(r" (\d+) INFO .*rpc server listens", log)[-1])
