# SPDX-License-Identifier: Apache-2.0
"""The demo behaves as the README documents."""

import contextlib
import importlib
import io
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import fixtures
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
        self.assert_chart(output)
        self.assert_columns(output)
        self.assert_nothing_left()

    def assert_chart(self, output: str) -> None:
        bars = re.findall(r"(before|after) +(#+) +([\d.]+)\n", output)
        self.assertEqual(
            [
                ("before", 40, "298.80"),
                ("after", 5, "39.60"),
                ("before", 16, "122.65"),
                ("after", 2, "14.65"),
            ],
            [(name, len(bar), value) for name, bar, value in bars],
        )

    def assert_columns(self, output: str) -> None:
        folder = str(self.folder)
        wide = [
            line
            for line in output.splitlines()
            if len(line) > 80 and folder not in line
        ]
        self.assertEqual([], wide)

    def test_keep_serves_until_stopped(self):
        process = self.start("--keep")
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        output = "".join(lines)
        self.assertIsNone(process.poll(), output)
        self.assert_columns(output)
        answer = requests.get(self.summary_url(output), timeout=30)
        self.assertIn('"project-blue"', answer.text)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(130, process.returncode)
        self.assert_nothing_left()

    def summary_url(self, output: str) -> str:
        """Return the URL of the command that is shown, as bash reads it."""
        rating = re.findall(r" (RATING=\S+)\n", output)[-1]
        [url] = re.findall(r'curl -s \\\n +("[^"]+/v2/summary[^"]+")', output)
        done = subprocess.run(
            ["bash", "-c", f"{rating}; echo {url}"],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout.strip()

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


class TestProgress(base.TestCase):
    """The bar on a terminal."""

    def setUp(self):
        super().setUp()
        self.need("the source tree", DEMO.exists())
        self.useFixture(fixtures.MonkeyPatch("sys.path", [*sys.path]))
        sys.path.insert(0, str(DEMO.parent))
        self.show = importlib.import_module("demo_parts.show")
        self.terminal = io.StringIO()
        self.terminal.isatty = lambda: True
        self.seconds = 0.0
        self.useFixture(
            fixtures.MockPatchObject(
                self.show.time, "monotonic", lambda: self.seconds
            )
        )

    def frames(self, *counts):
        """Return the bars that are shown, one each tenth of a second."""
        with contextlib.redirect_stdout(self.terminal):
            progress = self.show.Progress("periods reprocessed", 144)
            for done in counts:
                progress.show(done)
                self.seconds += 0.1
        return self.terminal.getvalue().split("\r")[1:]

    def test_it_moves_before_the_first_is_done(self):
        frames = self.frames(*[0] * 60)
        self.assertEqual({30}, {frame.index("]") - 5 for frame in frames})
        places = [frame.index("<=>") - 5 for frame in frames]
        self.assertEqual([0, 1, 2], places[:3])
        # To the end, and back.
        self.assertEqual(27, max(places))
        self.assertEqual(0, places[54])

    def test_it_fills(self):
        frames = self.frames(72, 144)
        self.assertIn(f"[{'#' * 15}{'.' * 15}] 72/144", frames[0])
        self.assertIn(f"[{'#' * 30}] 144/144 periods reprocessed", frames[1])
        self.assertLess(len(frames[1].rstrip()), 80)
