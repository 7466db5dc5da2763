# SPDX-License-Identifier: Apache-2.0
"""Locks have upstream's names and are never waited for."""

import os
import subprocess
import sys

from cloudkitty.common import exceptions
from cloudkitty.orchestrator import locks
from cloudkitty.tests import base


class TestLockNames(base.TestCase):
    def setUp(self):
        super().setUp()
        conf = self.make_conf(
            collect={"collector": "gnocchi", "scope_key": "project_id"},
            fetcher={"backend": "keystone"},
        )
        self.names = locks.LockNames(conf)

    def test_scope_lock_is_that_of_upstream(self):
        self.assertEqual(
            b"1f881ee7c4907bf5f8e7608faa4551e4"
            b"687d5146161f2a426c4552ac1a040164",
            self.names.of_scope("scopeA"),
        )

    def test_reprocess_lock_is_that_of_upstream(self):
        self.assertEqual(
            b"6bf1f17ef670e4e1a351589b1d851090"
            b"fcbf97abb9cf4c32489259573f30a249",
            self.names.of_reprocess(
                "scopeA",
                base.utc("2026-11-02T00:00"),
                base.utc("2026-11-02T03:00"),
            ),
        )

    def test_names_of_hostile_ids_differ_and_are_file_names(self):
        ids = ["", "é", "日本", "../../etc/passwd", "a\x00b", "x" * 256]
        names = {self.names.of_scope(scope_id) for scope_id in ids}
        self.assertEqual(len(ids), len(names))
        for name in names:
            self.assertRegex(name.decode("ascii"), "^[0-9a-f]{64}$")


class TestLocks(base.TestCase):
    def make_locks(self, folder):
        conf = self.make_conf(
            orchestrator={"coordination_url": f"file://{folder}"}
        )
        made = locks.Locks(conf)
        made.start()
        self.addCleanup(made.stop)
        return made

    def test_held_lock_is_refused_and_free_again_afterwards(self):
        folder = self.make_folder()
        ours = self.make_locks(folder)
        theirs = self.make_locks(folder)
        name = ours.names.of_scope("a")
        with ours.try_hold(name) as held:
            self.assertTrue(held)
            self.assertTrue((folder / name.decode()).exists())
            with theirs.try_hold(name) as held_too:
                self.assertFalse(held_too)
            with theirs.try_hold(theirs.names.of_scope("b")) as other:
                self.assertTrue(other)
        with theirs.try_hold(name) as held_now:
            self.assertTrue(held_now)

    def test_lock_is_free_after_an_error(self):
        ours = self.make_locks(self.make_folder())
        name = ours.names.of_scope("a")

        def fail():
            with ours.try_hold(name):
                raise KeyError

        self.assertRaises(KeyError, fail)
        with ours.try_hold(name) as held:
            self.assertTrue(held)

    def test_lock_of_a_killed_process_is_free(self):
        folder = self.make_folder()
        ours = self.make_locks(folder)
        name = ours.names.of_scope("a")
        program = (
            "import sys, time, uuid\n"
            "from tooz import coordination\n"
            "c = coordination.get_coordinator(sys.argv[1], b'other')\n"
            "c.start()\n"
            "lock = c.get_lock(sys.argv[2].encode())\n"
            "assert lock.acquire()\n"
            "print('held', flush=True)\n"
            "time.sleep(60)\n"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", program, f"file://{folder}", name.decode()],
            stdout=subprocess.PIPE,
            env=os.environ,
        )
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.assertEqual(b"held\n", child.stdout.readline())
        with ours.try_hold(name) as held:
            self.assertFalse(held)
        child.kill()
        child.wait()
        with ours.try_hold(name) as held:
            self.assertTrue(held)

    def test_only_the_free_locks_of_many_are_acquired(self):
        folder = self.make_folder()
        ours = self.make_locks(folder)
        theirs = self.make_locks(folder)
        names = [ours.names.of_scope(str(n)) for n in range(20)]
        with theirs.try_hold_many(names[:5]) as before:
            self.assertEqual(frozenset(names[:5]), before)
            # A name that is given twice is one lock.
            with ours.try_hold_many(names + names) as acquired:
                self.assertEqual(frozenset(names[5:]), acquired)
                with theirs.try_hold_many(names) as none:
                    self.assertEqual(frozenset(), none)
        with ours.try_hold_many(names) as all_of_them:
            self.assertEqual(frozenset(names), all_of_them)

    def test_many_locks_are_free_after_an_error(self):
        folder = self.make_folder()
        ours = self.make_locks(folder)
        names = [ours.names.of_scope(str(n)) for n in range(3)]

        def fail():
            with ours.try_hold_many(names):
                raise KeyError

        self.assertRaises(KeyError, fail)
        with self.make_locks(folder).try_hold_many(names) as acquired:
            self.assertEqual(frozenset(names), acquired)

    def test_as_many_locks_as_announced_can_be_held(self):
        locks_of_one = self.make_locks(self.make_folder())
        most = locks_of_one.most_at_once
        self.assertEqual(500, most)
        names = [locks_of_one.names.of_scope(str(n)) for n in range(most)]
        with locks_of_one.try_hold_many(names) as acquired:
            self.assertEqual(most, len(acquired))

    def test_unusable_backend_is_named_without_its_password(self):
        conf = self.make_conf(
            orchestrator={"coordination_url": "nosuch://me:hunter2@host/"}
        )
        error = self.assertRaises(
            exceptions.InvalidConfiguration, locks.Locks(conf).start
        )
        self.assertIn("coordination_url", str(error))
        self.assertNotIn("hunter2", str(error))
