# SPDX-License-Identifier: Apache-2.0
"""Scope locks in a real Redis, as several hosts share them."""

import os
import socket
import urllib.parse
import uuid

from cloudkitty.orchestrator import locks
from cloudkitty.tests import base

URL = os.environ.get("CLOUDKITTY_TEST_REDIS_URL", "redis://127.0.0.1:6379")


def _server_there() -> bool:
    """Return whether the server accepts connections."""
    parsed = urllib.parse.urlsplit(URL)
    try:
        socket.create_connection((parsed.hostname, parsed.port), 1).close()
    except OSError:
        return False
    return True


class TestRedisLocks(base.TestCase):
    def setUp(self):
        super().setUp()
        self.need("redis", _server_there())
        #: Tests share the server, so each has scopes of its own.
        self.scope_id = uuid.uuid4().hex

    def make_locks(self):
        conf = self.make_conf(orchestrator={"coordination_url": URL})
        made = locks.Locks(conf)
        made.start()
        self.addCleanup(made.stop)
        return made

    def test_held_lock_is_refused_and_free_again_afterwards(self):
        ours, theirs = self.make_locks(), self.make_locks()
        name = ours.names.of_scope(self.scope_id)
        with ours.try_hold(name) as held:
            self.assertTrue(held)
            with theirs.try_hold(name) as held_too:
                self.assertFalse(held_too)
            other = theirs.names.of_scope(self.scope_id + "-other")
            with theirs.try_hold(other) as held_other:
                self.assertTrue(held_other)
        with theirs.try_hold(name) as held_now:
            self.assertTrue(held_now)

    def test_lock_of_a_stopped_process_is_free(self):
        ours, theirs = self.make_locks(), self.make_locks()
        name = ours.names.of_scope(self.scope_id)
        with theirs.try_hold(name) as held:
            self.assertTrue(held)
        theirs.stop()
        with ours.try_hold(name) as held:
            self.assertTrue(held)
