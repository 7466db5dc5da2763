# SPDX-License-Identifier: Apache-2.0
"""Real processors, called over a real RabbitMQ."""

import decimal
import os
import re
import signal
import time

from cloudkitty.common import periods
from cloudkitty.common import rpc
from cloudkitty.orchestrator import locks
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.functional.orchestrator import deployment
from cloudkitty.tests.functional.orchestrator import rpc_case


class TestQuote(rpc_case.RpcTestCase):
    def test_prices_and_errors(self):
        deployed = self.deploy()
        deployed.set_price("1.25")
        client = self.client(deployed)
        self.start(deployed)
        self.assertEqual(
            decimal.Decimal("4.375"), client.quote(rpc_case.USAGE)
        )
        self.assertEqual(0, client.quote({}))
        bad = {"instance": [{"desc": {}, "vol": {"qty": "many"}}]}
        error = self.assertRaises(rpc.InvalidUsage, client.quote, bad)
        self.assertEqual("the volume of 'instance' is no number", str(error))
        # Rules and modules are those of the moment.
        deployed.set_price("2")
        self.assertEqual(decimal.Decimal(7), client.quote(rpc_case.USAGE))


class TestUnanswered(rpc_case.RpcTestCase):
    def test_calls_without_a_processor(self):
        deployed = self.deploy()
        client = self.client(deployed)
        began = time.monotonic()
        self.assertRaises(rpc.Unavailable, client.quote, rpc_case.USAGE)
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
        client.quote(rpc_case.USAGE)
        processor.kill()
        began = time.monotonic()
        self.assertRaises(rpc.Unavailable, client.quote, rpc_case.USAGE)
        self.assertLess(time.monotonic() - began, 8)

    def test_the_bus_is_down(self):
        url = f"rabbit://guest:guest@127.0.0.1:{base.free_port()}/"
        deployed = deployment.Deployment(self, hours=1, transport_url=url)
        client = self.client(deployed)
        began = time.monotonic()
        self.assertRaises(rpc.Unavailable, client.quote, rpc_case.USAGE)
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


class TestReset(rpc_case.RpcTestCase):
    def test_the_period_at_the_date_is_rated_again(self):
        deployed = self.deploy(scope_ids=("project-a", "project-b"))
        deployed.set_price("1")
        self.start(deployed)
        deployed.wait_until_rated()
        before = deployed.dump()
        begin = deployed.window.begin + 3 * rpc_case.HOUR
        rest = periods.Window(begin, deployed.window.end)
        deployed.set_price("2")
        client = self.client(deployed)
        client.reset_state([new_scopes.make("project-a")], begin)
        deployed.wait_for_log("scope reset scope_id=project-a")
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
        begin = deployed.window.begin + rpc_case.HOUR
        held = _Held(deployed.conf, "project-a")
        held.acquire()
        self.addCleanup(held.release)
        client = self.client(deployed)
        client.reset_state([new_scopes.make("project-a")], begin)
        deployed.wait_for_log("scope reset ordered")
        processor.terminate()
        self.assertIn("scope resets handed on", deployed.log_text())
        self.assertEqual(rated_to, self.last(deployed, "project-a"))
        held.release()
        deployed.start()
        deployed.wait_for_log("scope reset scope_id=project-a")

    def test_a_killed_rpc_process_is_restarted(self):
        deployed = self.deploy()
        self.start(deployed)
        client = self.client(deployed)
        client.quote(rpc_case.USAGE)
        os.kill(_server_pid(deployed.log_text()), signal.SIGKILL)
        deployed.wait_for(
            "another one",
            lambda: deployed.log_text().count("rpc server listens") == 2,
        )
        self.assertEqual(0, client.quote(rpc_case.USAGE))


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
