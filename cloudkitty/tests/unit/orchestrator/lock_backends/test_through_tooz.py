# SPDX-License-Identifier: Apache-2.0
"""All locks of a hold are released, whatever happens to one of them."""

from unittest import mock

import tooz
from tooz import coordination

from cloudkitty.orchestrator.lock_backends import through_tooz
from cloudkitty.tests import base


class Lock:
    """A lock whose server may refuse it or fail."""

    def __init__(self, server, name):
        self._server = server
        self._name = name

    def acquire(self, blocking):
        assert not blocking
        if self._name in self._server.fail_acquire:
            raise coordination.ToozConnectionError(self._name)
        self._server.held.add(self._name)
        self._server._acquired_locks.add(self)
        return True

    def release(self):
        self._server.clock += self._server.release_seconds
        self._server.asked.append(self._name)
        if self._server.refuse_release:
            return False
        if self._name in self._server.fail_release:
            raise self._server.error(self._name)
        self._server.held.remove(self._name)
        self._server._acquired_locks.remove(self)
        return True


class Coordinator:
    """Makes locks; renews those in ``_acquired_locks``, as tooz does."""

    def __init__(self):
        self.held = set()
        self.asked = []
        self.fail_acquire = ()
        self.fail_release = ()
        self.error = tooz.ToozError
        self.release_seconds = 0
        self.refuse_release = False
        self.clock = 100.0
        self._acquired_locks = set()

    def get_lock(self, name):
        return Lock(self, name)


class TestHold(base.TestCase):
    def setUp(self):
        super().setUp()
        self.server = Coordinator()
        patch = mock.patch.object(
            through_tooz.time, "monotonic", lambda: self.server.clock
        )
        patch.start()
        self.addCleanup(patch.stop)

    def make_hold(self, count):
        hold = through_tooz.Hold(self.server)
        for number in range(count):
            hold.try_add(number)
        return hold

    def test_others_are_released_after_a_failure_which_is_raised(self):
        hold = self.make_hold(5)
        self.server.fail_release = {1, 3}
        error = self.assertRaises(tooz.ToozError, hold.release)
        self.assertEqual((1,), error.args)
        self.assertEqual({1, 3}, self.server.held)
        # They are no longer renewed, so they expire.
        self.assertEqual(set(), self.server._acquired_locks)

    def test_silent_server_is_not_asked_for_each_lock(self):
        hold = self.make_hold(500)
        self.server.fail_release = range(500)
        self.server.error = coordination.ToozConnectionError
        self.server.release_seconds = 20
        self.assertRaises(coordination.ToozConnectionError, hold.release)
        self.assertEqual([0], self.server.asked)
        self.assertEqual(set(), self.server._acquired_locks)

    def test_dead_server_that_answers_no_is_not_asked_for_each_lock(self):
        hold = self.make_hold(500)
        self.server.refuse_release = True
        self.server.release_seconds = 4
        hold.release()
        self.assertEqual([0, 1, 2], self.server.asked)
        self.assertEqual(set(), self.server._acquired_locks)

    def test_failed_acquisition_releases_the_locks_before_it(self):
        backend = through_tooz.Backend("file:///nowhere")
        backend._coordinator = self.server
        self.server.fail_acquire = {3}
        self.assertRaises(
            coordination.ToozConnectionError, backend.acquire, [1, 2, 3, 4]
        )
        self.assertEqual(set(), self.server.held)
