# SPDX-License-Identifier: Apache-2.0
"""The process of the scripts starts and ends with the worker's."""

import os
import pathlib
import signal
import subprocess
import sys
import time

from cloudkitty.tests import base
from cloudkitty.tests.fakes import pyscripts

_WORKER = """
import sys, threading
from cloudkitty import conf as ck_conf
from cloudkitty.common import clock
from cloudkitty.rating.pyscripts import sandbox
from cloudkitty.tests.fakes import pyscripts
conf = ck_conf.make(argv=[], default_config_files=[])
conf.set_override("enabled", True, group="pyscripts")
made = sandbox.Sandbox(conf, clock.SystemClock())
made.run(["pass"], pyscripts.frame())
print(made._process.pid, flush=True)
if sys.argv[1] == "work":
    made.run(["while True: pass"], pyscripts.frame())
else:
    threading.Event().wait()
"""


def members(session):
    """Return the processes of a session that live."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, sid = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(sid) == session and state != "Z":
            found.append(int(path.parent.name))
    return found


class TestLife(base.TestCase):
    def wait_for(self, done):
        give_up_at = time.monotonic() + 20
        while not done():
            self.assertLess(time.monotonic(), give_up_at)
            time.sleep(0.05)

    def start(self, what):
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, what],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(worker.stdout.close)
        self.addCleanup(worker.wait)
        self.addCleanup(worker.kill)
        return worker, int(worker.stdout.readline())

    def test_it_ends_with_a_worker_that_is_killed_idle(self):
        worker, pid = self.start("idle")
        self.assertEqual([pid], members(pid))
        worker.send_signal(signal.SIGKILL)
        self.wait_for(lambda: not members(pid))

    def test_it_ends_with_a_worker_that_is_killed_at_work(self):
        worker, pid = self.start("work")
        self.wait_for(lambda: len(members(pid)) == 2)
        worker.send_signal(signal.SIGKILL)
        self.wait_for(lambda: not members(pid))

    def test_close_ends_it(self):
        made = pyscripts.make_sandbox(self)
        made.run(["pass"], pyscripts.frame())
        pid = made._process.pid
        # The folder is deleted: no file can remain in it.
        self.assertIn("(deleted)", os.readlink(f"/proc/{pid}/cwd"))
        made.close()
        self.assertEqual([], members(pid))
        made.close()

    def test_processes_are_started_on_demand(self):
        made = pyscripts.make_sandbox(self)
        self.assertIsNone(made._process)

    def test_a_forked_worker_has_its_own(self):
        made = pyscripts.make_sandbox(self)
        made.run(["pass"], pyscripts.frame())
        pid = made._process.pid
        child = os.fork()
        if child == 0:
            code = 1
            try:
                rated = made.run([pyscripts.DOUBLE], pyscripts.frame())
                own = made._process.pid
                made.close()
                if pyscripts.prices(rated) == ["2", "4"] and own != pid:
                    code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        self.assertEqual(0, os.waitstatus_to_exitcode(status))
        # The parent's goes on.
        rated = made.run([pyscripts.DOUBLE], pyscripts.frame())
        self.assertEqual(["2", "4"], pyscripts.prices(rated))
        self.assertEqual(pid, made._process.pid)
