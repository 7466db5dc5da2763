# SPDX-License-Identifier: Apache-2.0
"""The program ``openstack`` on a pseudo-terminal, and without one."""

import contextlib
import os
import pathlib
import pty
import signal
import subprocess
import sys
import threading
import time

from cloudkitty.tests import live_api
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.functional.api.client import shells
from cloudkitty.tests.unit.api.task import case

_PROGRAM = pathlib.Path(sys.executable).with_name("openstack")
#: Seconds that a start may take on a busy host.
_PATIENCE = 120


class Terminal:
    """A process whose streams are a terminal."""

    def __init__(self, words, environment):
        self._main, terminal = pty.openpty()
        self.process = subprocess.Popen(
            words,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={**environment, "TERM": "xterm", "COLUMNS": "120"},
            start_new_session=True,
            # A runner in the background of a shell ignores it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        os.close(terminal)
        self._output = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        # EIO: the other end is closed.
        with contextlib.suppress(OSError):
            while piece := os.read(self._main, 4096):
                self._output += piece

    @property
    def text(self):
        return self._output.decode(errors="replace")

    def wait_for(self, text):
        """Return once the output contains ``text``."""
        deadline = time.monotonic() + _PATIENCE
        while text not in self.text:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"no {text!r} in {self.text}")
            time.sleep(0.1)

    def end(self):
        """Return the exit status of the process."""
        status = self.process.wait(_PATIENCE)
        self._reader.join(_PATIENCE)
        return status

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self._main)


class TestTerminal(case.TaskCase):
    def setUp(self):
        super().setUp()
        self.need("python-openstackclient", _PROGRAM.exists())
        wsgi = fake_api.make_wsgi(self, conf=self.conf, database=self.database)
        url = self.useFixture(live_api.LiveApi(wsgi)).url
        self.words = [
            _PROGRAM,
            *("--os-auth-type", "none", "--os-endpoint", url),
            *("rating", "reprocess"),
        ]
        self.post(scope_ids=["a"])
        [task] = self.tasks()
        self.task_id = str(task.id)

    def start(self, *arguments):
        words = [*self.words, *arguments, self.task_id, "--interval", "1"]
        terminal = Terminal(words, shells.environment())
        self.addCleanup(terminal.close)
        return terminal

    def cancel(self):
        self.app.patch_json(f"/v2/task/{self.task_id}", {"state": "cancelled"})

    def test_a_bar_and_the_exit_status(self):
        terminal = self.start("wait")
        terminal.wait_for("0/24 periods")
        self.assertIn("\N{BOX DRAWINGS HEAVY HORIZONTAL}", terminal.text)
        self.assertIn("1 scheduled", terminal.text)
        self.cancel()
        self.assertEqual(4, terminal.end())
        self.assertIn("1 cancelled", terminal.text)

    def test_interruption(self):
        terminal = self.start("wait")
        terminal.wait_for("0/24 periods")
        terminal.process.send_signal(signal.SIGINT)
        self.assertEqual(130, terminal.end())
        self.assertIn(
            f"openstack rating reprocess wait {self.task_id}", terminal.text
        )
        self.assertNotIn("Traceback", terminal.text)
        [task] = self.tasks()
        self.assertEqual("scheduled", task.state)

    def test_no_bar_in_a_pipe(self):
        self.cancel()
        done = subprocess.run(
            [*self.words, "wait", self.task_id, "-f", "value", "-c", "State"],
            env=shells.environment(),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        self.assertEqual(4, done.returncode)
        self.assertEqual("cancelled\n", done.stdout)
        self.assertIn("0 of 24 periods: 1 cancelled\n", done.stderr)
        self.assertNotIn("\x1b", done.stderr)
        self.assertNotIn("\N{BOX DRAWINGS HEAVY HORIZONTAL}", done.stderr)

    def test_debug_has_the_traceback_of_an_error(self):
        for options, expected in ((["--debug"], True), ([], False)):
            done = subprocess.run(
                [self.words[0], *options, *self.words[1:], "show", "999"],
                env=shells.environment(),
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
            self.assertEqual(1, done.returncode)
            self.assertEqual(expected, "Traceback" in done.stderr)
            self.assertIn("The task does not exist", done.stderr)
