# SPDX-License-Identifier: Apache-2.0
"""Limits of scripts, and the loss of their process."""

import os
import signal
import threading
import time

from cloudkitty.rating.pyscripts import sandbox as ck_sandbox
from cloudkitty.tests import base
from cloudkitty.tests.fakes import pyscripts


class TestLimits(base.TestCase):
    def setUp(self):
        super().setUp()
        self.frame = pyscripts.frame()

    def fails(self, made, *texts):
        return self.assertRaises(
            ck_sandbox.ScriptFailed, made.run, texts, self.frame
        )

    def test_time(self):
        made = pyscripts.make_sandbox(self, time_limit=1)
        for text in ("while True: pass", "import time\ntime.sleep(60)"):
            began = time.monotonic()
            error = self.fails(made, "pass", text, "pass")
            self.assertIn("[pyscripts] time_limit = 1 seconds", str(error))
            self.assertEqual(1, error.index)
            self.assertLess(time.monotonic() - began, 8)
        made.run([pyscripts.DOUBLE], self.frame)

    def test_memory(self):
        made = pyscripts.make_sandbox(self, memory_limit=128)
        error = self.fails(made, "x = bytearray(200 << 20)")
        self.assertIn("MemoryError", str(error))
        made.run(["x = bytearray(20 << 20)"], self.frame)

    def test_memory_in_small_pieces(self):
        made = pyscripts.make_sandbox(self, memory_limit=128)
        error = self.fails(
            made, "x = []\nwhile True: x.append(bytearray(1 << 20))"
        )
        self.assertIn("MemoryError", str(error))

    def test_size_of_the_answer(self):
        made = pyscripts.make_sandbox(self, max_answer_size=1)
        error = self.fails(
            made,
            "pass",
            "data['usage']['cpu'][0]['metadata']['x'] = 'x' * (2 << 20)",
        )
        self.assertIn("[pyscripts] max_answer_size = 1 MiB", str(error))
        made.run([pyscripts.DOUBLE], self.frame)

    def test_a_killed_process_is_replaced(self):
        made = pyscripts.make_sandbox(self)
        made.run([pyscripts.DOUBLE], self.frame)
        pid = made._process.pid
        os.kill(pid, signal.SIGKILL)
        made._process._popen.wait()
        rated = made.run([pyscripts.DOUBLE], self.frame)
        self.assertEqual(["2", "4"], pyscripts.prices(rated))
        self.assertNotEqual(pid, made._process.pid)

    def test_the_process_is_killed_at_work(self):
        made = pyscripts.make_sandbox(self)
        made.run([pyscripts.DOUBLE], self.frame)
        timer = threading.Timer(
            0.5, os.killpg, (made._process.pid, signal.SIGKILL)
        )
        timer.start()
        self.addCleanup(timer.cancel)
        error = self.fails(made, "while True: pass")
        self.assertIn("the process ended", str(error))
        made.run([pyscripts.DOUBLE], self.frame)

    def test_the_process_does_not_respond(self):
        made = pyscripts.make_sandbox(self, time_limit=1)
        made.run([pyscripts.DOUBLE], self.frame)
        process = made._process
        os.kill(process.pid, signal.SIGSTOP)
        error = self.fails(made, "pass")
        self.assertIn("does not answer", str(error))
        self.assertFalse(process.alive())
        made.run([pyscripts.DOUBLE], self.frame)
