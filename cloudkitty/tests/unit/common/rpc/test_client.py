# SPDX-License-Identifier: Apache-2.0
"""The client over ``fake://``, served in the same process."""

import decimal
import os
import threading

from oslo_messaging import conffixture

from cloudkitty.common import messaging
from cloudkitty.common import rpc
from cloudkitty.common.rpc import client as rpc_client
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.orchestrator.rpc import embedded
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes

USAGE = {"cpu": [{"desc": {}, "vol": {"qty": decimal.Decimal(3)}}]}


class TestEmbedded(base.TestCase):
    def setUp(self):
        super().setUp()
        folder = self.make_folder()
        self.conf = self.make_conf(
            default={"host": "here"},
            orchestrator={"coordination_url": f"file://{folder}"},
        )
        self.useFixture(
            conffixture.ConfFixture(self.conf, transport_url="fake://")
        )
        self.database = databases.make_database(self, conf=self.conf)
        self.client = rpc_client.BusClient(self.conf, self.serve)
        self.addCleanup(self.client.close)

    def serve(self):
        # All of this process hear it: others' tests must not.
        self.addCleanup(embedded.serve(self.conf).stop)

    def test_it_is_served_by_itself(self):
        self.assertEqual(0, self.client.quote(USAGE))
        self.client.module_changed("hashmap", None)
        self.assertRaises(
            rpc.InvalidUsage, self.client.quote, {"cpu": [{"vol": None}]}
        )

    def test_after_a_fork_too(self):
        """Neither threads nor connections come along."""
        self.client.quote(USAGE)
        child = os.fork()
        if not child:
            try:
                os._exit(int(self.client.quote(USAGE)))
            finally:
                os._exit(99)
        self.assertEqual(0, os.waitpid(child, 0)[1])

    def test_a_reset(self):
        scope = new_scopes.make("a")
        last = base.utc("2026-11-02T07:00")
        self.database.write(
            lambda session: scope_updates.create(session, scope, last)
        )
        self.client.reset_state([scope], base.utc("2026-11-02T03:00"))
        for _ in range(1000):
            with self.database.reader() as session:
                state = scope_queries.get(session, scope)
            if state.last_processed_at != last:
                break
            threading.Event().wait(0.01)
        self.assertEqual(base.utc("2026-11-02T02:00"), state.last_processed_at)

    def test_a_reset_without_processors_waits_once(self):
        """Whatever the number of its messages."""
        client = _Silent(self.conf, self.serve)
        self.addCleanup(client.close)
        scopes = [new_scopes.make(f"s{n}") for n in range(2500)]
        client.reset_state(scopes, base.utc("2026-11-02T03:00"))
        self.assertEqual(["call", "cast", "cast", "cast"], client.sent)

    def test_locks_that_cannot_be(self):
        self.conf.set_override(
            "coordination_url", "nonsense://", group="orchestrator"
        )
        self.assertRaises(rpc.Unavailable, self.client.quote, USAGE)

    def test_invalid_prices(self):
        """A processor of upstream's may answer any Decimal."""
        for answer, price in (("0E-28", 0), ("1E+3", 1000), ("1.50", 1.5)):
            self.assertEqual(price, Answering(self.conf, answer).quote(USAGE))
        for answer in ("1E+999999", "NaN", "-Infinity", "dear", None, [], {}):
            client = Answering(self.conf, answer)
            self.assertRaises(rpc.Unavailable, client.quote, USAGE)


class _Silent(rpc_client.BusClient):
    """No processor answers its calls."""

    def __init__(self, conf, serve):
        super().__init__(conf, serve)
        self.sent = []

    def _bounded(self, send, seconds):
        self.sent.append(send.func.__name__)
        if send.func.__name__ == "call":
            raise rpc.Unanswered


class Answering(rpc_client.BusClient):
    """Receives the same answer to every call."""

    def __init__(self, conf, answer):
        super().__init__(conf)
        self._answer = answer

    def _bounded(self, send, seconds):
        return self._answer


class TestPeek(base.TestCase):
    """Options of the library, read without loading it."""

    def conf(self, text):
        file = self.make_folder() / "cloudkitty.conf"
        file.write_text(text)
        from cloudkitty import conf as ck_conf

        return ck_conf.make([], [str(file)])

    def test_embedded(self):
        for text, expected in (
            ("", False),
            ("[DEFAULT]\ntransport_url = fake://\n", True),
            ("[DEFAULT]\ntransport_url = rabbit://u:p@h/\n", False),
        ):
            conf = self.conf(text)
            self.assertEqual(expected, messaging.embedded(conf))
            library = messaging.load(conf)
            library.TransportURL.parse(conf)
            # Registered now, and read as it is.
            self.assertEqual(expected, messaging.embedded(conf))
            self.assertEqual("cloudkitty", conf.control_exchange)


class TestTooMany(base.TestCase):
    def test_a_bus_that_is_down_does_not_take_all_threads(self):
        url = f"rabbit://guest:guest@127.0.0.1:{base.free_port()}/"
        conf = self.make_conf()
        self.useFixture(conffixture.ConfFixture(conf, transport_url=url))
        client = rpc_client.BusClient(conf)
        seconds = rpc_client.SEND_SECONDS
        rpc_client.SEND_SECONDS = 0.2
        self.addCleanup(setattr, rpc_client, "SEND_SECONDS", seconds)
        before = threading.active_count()
        for _ in range(rpc_client.MOST_WAITING + 5):
            self.assertRaises(
                rpc.Unavailable, client.module_changed, "hashmap", None
            )
        self.assertLessEqual(
            threading.active_count(), before + rpc_client.MOST_WAITING + 2
        )
