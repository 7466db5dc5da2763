# SPDX-License-Identifier: Apache-2.0
"""The demo behaves as the README documents."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import requests

from cloudkitty.tests import base

TOP = pathlib.Path(__file__).resolve().parents[3]
DEMO = TOP / "tools" / "demo.py"
#: Receives the stop after a program is started and before it is noted.
STOPPED_IN_BETWEEN = """
import os, signal, subprocess, sys
from demo_parts import service

class Popen(subprocess.Popen):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGTERM)

subprocess.Popen = Popen
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
with service.Service(("project-blue",)) as cloudkitty:
    cloudkitty.start("cloudkitty-api")
"""
#: Seconds; it needs about ten.
TIMEOUT = 180


class TestDemo(base.TestCase):
    def setUp(self):
        super().setUp()
        if not DEMO.exists():
            self.skipTest("the demo is in the source tree only")
        self.folder = self.make_folder()
        # All of its files are below this folder, so that the test sees the
        # files that it leaves behind.
        self.environment = {**os.environ, "TMPDIR": str(self.folder)}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return self.start_python(str(DEMO), *arguments)

    def start_python(self, *arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=DEMO.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        return process

    def assert_nothing_left(self) -> None:
        self.assertEqual([], list(self.folder.glob("cloudkitty-demo-*")))
        for cmdline in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = cmdline.read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            self.assertNotIn(str(self.folder).encode(), command)

    def test_it_corrects_the_price_and_cleans_up(self):
        process = self.start()
        output, _ = process.communicate(timeout=TIMEOUT)
        self.assertEqual(0, process.returncode, output)
        # By hand: 72 hours of one small and one large instance, 500 GiB; and
        # 30 hours of both in office hours, 80 GiB for 72 hours.
        before = re.findall(r"(project-\w+) +([\d.]+) +[\d.]+\n", output)
        after = re.findall(r"(project-\w+) +[\d.]+ +([\d.]+)\n", output)
        self.assertEqual(
            [("project-blue", "298.8000"), ("project-green", "122.6520")],
            before,
        )
        self.assertEqual(
            [("project-blue", "39.6000"), ("project-green", "14.6520")],
            after,
        )
        self.assertIn("144/144 periods reprocessed", output)
        self.assert_nothing_left()

    def test_keep_serves_until_stopped(self):
        process = self.start("--keep")
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        output = "".join(lines)
        self.assertIsNone(process.poll(), output)
        summary = re.findall(r"curl -s '?(http\S+/v2/summary\S+?)'?\n", output)
        answer = requests.get(summary[-1], timeout=30)
        self.assertIn('"project-blue"', answer.text)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(130, process.returncode)
        self.assert_nothing_left()

    def test_it_cleans_up_when_it_is_killed(self):
        process = self.start()
        deadline = time.monotonic() + 60
        while not list(self.folder.glob("*/cloudkitty-processor.log")):
            self.assertLess(time.monotonic(), deadline)
            self.assertIsNone(process.poll())
            time.sleep(0.1)
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(143, process.returncode)
        self.assert_nothing_left()

    def test_it_cleans_up_when_it_is_killed_while_it_starts_a_program(self):
        process = self.start_python("-c", STOPPED_IN_BETWEEN)
        output, _ = process.communicate(timeout=60)
        self.assertEqual(143, process.returncode, output)
        self.assert_nothing_left()
