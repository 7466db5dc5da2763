# SPDX-License-Identifier: Apache-2.0
"""Lock files are removed only if no process uses them or may use them."""

import os
import subprocess
import sys
import time

from cloudkitty.orchestrator import lock_files
from cloudkitty.orchestrator import locks
from cloudkitty.tests import base

_HOLD = """
import sys
from tooz import coordination
driver = coordination.get_coordinator("file://" + sys.argv[1], b"x")
driver.start()
lock = driver.get_lock(sys.argv[2].encode())
assert lock.acquire(blocking=False)
print("held", flush=True)
sys.stdin.read()
"""


class TestLockFiles(base.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.make_folder()
        self.conf = self.make_conf(
            orchestrator={"coordination_url": f"file://{self.folder}"}
        )

    def make(self, scope_id, age=2 * lock_files.AGE_SECONDS):
        """Lock and unlock as a processor does; return the file's name."""
        mine = locks.Locks(self.conf)
        mine.start()
        self.addCleanup(mine.stop)
        name = mine.names.of_scope(scope_id)
        with mine.try_hold(name) as held:
            self.assertTrue(held)
        at = time.time() - age
        os.utime(self.folder / name.decode(), (at, at))
        return name.decode()

    def find(self, *used):
        found = lock_files.find(self.folder, frozenset(used), time.time())
        return [path.name for path in found.removable], found.kept

    def test_folder(self):
        self.assertEqual(self.folder, lock_files.folder(self.conf))
        other = self.make_conf(
            orchestrator={"coordination_url": "redis://127.0.0.1"}
        )
        self.assertIsNone(lock_files.folder(other))

    def test_used_and_new_files_and_those_of_tooz_are_kept(self):
        used, gone = self.make("used"), self.make("gone")
        self.make("new", age=10)
        self.assertEqual(([gone], 2), self.find(used))
        before = set(os.listdir(self.folder))
        self.assertTrue(lock_files.remove(self.folder / gone))
        self.assertEqual(before - {gone}, set(os.listdir(self.folder)))
        self.assertFalse(lock_files.remove(self.folder / gone))

    def test_a_file_that_another_process_holds(self):
        name = self.make("held")
        holder = subprocess.Popen(
            [sys.executable, "-c", _HOLD, str(self.folder), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(holder.communicate)
        self.assertEqual(b"held\n", holder.stdout.readline())
        self.assertFalse(lock_files.remove(self.folder / name))
        self.assertTrue((self.folder / name).exists())
        holder.communicate()
        self.assertTrue(lock_files.remove(self.folder / name))

    def test_an_acquisition_does_not_change_the_age(self):
        name = self.make("s")
        mine = locks.Locks(self.conf)
        mine.start()
        self.addCleanup(mine.stop)
        with mine.try_hold(name.encode()):
            pass
        self.assertEqual(([name], 0), self.find())
