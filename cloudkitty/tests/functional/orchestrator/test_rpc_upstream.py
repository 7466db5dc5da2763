# SPDX-License-Identifier: Apache-2.0
"""Messages of upstream: its client with our server, and the reverse."""

import decimal

import oslo_messaging

from cloudkitty.common import messaging
from cloudkitty.common import rpc
from cloudkitty.common import scopes
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.functional.orchestrator import rpc_case


class RatingEndpoint:
    """Upstream's endpoint of the namespace ``rating``.

    :param received: list to which each call is appended.
    """

    target = oslo_messaging.Target(namespace="rating", version="1.0")

    def __init__(self, received):
        self._received = received

    def quote(self, context, res_data):
        self._received.append((context, "quote", res_data))
        if "broken" in res_data["usage"]:
            raise KeyError("broken")
        return "1.50"

    def enable_module(self, context, name):
        self._received.append((context, "enable_module", name))

    def disable_module(self, context, name):
        self._received.append((context, "disable_module", name))

    def reload_module(self, context, name):
        self._received.append((context, "reload_module", name))


class ScopeEndpoint:
    """Upstream's endpoint without a namespace.

    :param received: list to which each call is appended.
    :param version: that of upstream is 1.0.
    """

    def __init__(self, received, version):
        self.target = oslo_messaging.Target(version=version)
        self._received = received

    def reset_state(self, context, res_data):
        self._received.append((context, "reset_state", res_data))


class TestUpstream(rpc_case.RpcTestCase):
    def test_upstreams_client(self):
        """A client that follows the documentation sends every message."""
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
        begin = deployed.window.begin + 2 * rpc_case.HOUR
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
            lambda: self.last(deployed, "project-a") == begin - rpc_case.HOUR,
        )

    def serve(self, conf, version="1.0"):
        """Start upstream's server; return the list of its calls.

        Each call is (context, method, argument).
        """
        received = []
        library = messaging.load(conf)
        transport = library.get_rpc_transport(conf)
        self.addCleanup(transport.cleanup)
        server = library.get_rpc_server(
            transport,
            library.Target(topic="cloudkitty", server="there"),
            [RatingEndpoint(received), ScopeEndpoint(received, version)],
            executor="threading",
        )
        server.start()
        self.addCleanup(server.wait)
        self.addCleanup(server.stop)
        return received

    def test_our_client_to_upstreams_server(self):
        """Our messages have the documented form."""
        deployed = self.deploy()
        received = self.serve(deployed.conf)
        client = self.client(deployed)
        self.assertEqual(decimal.Decimal("1.5"), client.quote(rpc_case.USAGE))
        self.assertRaises(rpc.Unavailable, client.quote, {"broken": []})
        client.module_changed("hashmap", True)
        client.module_changed("hashmap", False)
        client.module_changed("hashmap", None)
        deployed.wait_for("all messages", lambda: len(received) == 5)
        # The library itself adds this key to the context.
        added = {"client_timeout"}
        self.assertEqual(
            set(), set().union(*(c for c, _, _ in received)) - added
        )
        self.check_messages({method: data for _, method, data in received[2:]})
        quoted = received[0][2]["usage"]
        self.assertEqual("0.5", quoted["volume.size"][0]["vol"]["qty"])

    def check_messages(self, sent):
        """Compare the arguments, by method, with the documented ones."""
        self.assertEqual(
            ["hashmap"] * 3,
            [
                sent[f"{verb}_module"]
                for verb in ("enable", "disable", "reload")
            ],
        )

    def test_a_reset_is_not_sent_to_upstreams_server(self):
        """It would lose the period at the date."""
        deployed = self.deploy()
        received = self.serve(deployed.conf)
        client = self.client(deployed)
        orders = [new_scopes.make("a")], base.utc("2026-11-01T05:00")
        error = self.assertRaises(
            rpc.ResetUnsupported, client.reset_state, *orders
        )
        self.assertIn("reprocess task", str(error))
        client.hand_on_reset(*orders)
        client.quote({})
        self.assertEqual(["quote"], [method for _, method, _ in received])

    def test_the_form_of_a_reset(self):
        deployed = self.deploy()
        received = self.serve(deployed.conf, "1.1")
        half = scopes.Scope(
            identifier="half", scope_key="", fetcher="", collector=""
        )
        at = base.utc("2026-11-01T05:00")
        self.client(deployed).reset_state(
            [new_scopes.make("project-a"), half], at
        )
        [(_, _, data)] = received
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
            data,
        )
