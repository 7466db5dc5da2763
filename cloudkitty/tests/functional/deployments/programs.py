# SPDX-License-Identifier: Apache-2.0
"""The programs of a deployment, started as a tool starts them.

They find their configuration by themselves: the home directory stands for
``/etc/cloudkitty``.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time

import fixtures
import requests

#: Seconds that a start may take on a busy host.
PATIENCE = 120
#: Read after the tool's file. Upstream looks for tasks once per period.
EXTRA = """\
[orchestrator]
reprocess_poll_interval = 1
"""


class Programs(fixtures.Fixture):
    """Runs programs with the files in ``etc``.

    :param home: home directory of the programs.
    :ivar etc: its directory for the files.
    """

    def __init__(self, home: pathlib.Path) -> None:
        super().__init__()
        self._home = home
        self.etc = home / ".cloudkitty"

    def _setUp(self) -> None:
        extra = self.etc / "cloudkitty.conf.d"
        extra.mkdir(parents=True)
        (extra / "90-test.conf").write_text(EXTRA)

    def run(self, name: str, *arguments: str) -> None:
        """Run one of our commands to its end.

        :raises RuntimeError: with its output if it fails.
        """
        done = subprocess.run(
            [_path(name), *arguments],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stdout[-3000:]}")

    def start_api(self, port: int) -> "subprocess.Popen[bytes]":
        """Start gunicorn with the WSGI application, wait for it."""
        process = self._start(
            *("gunicorn", f"--bind=127.0.0.1:{port}", "--workers=1"),
            *("--threads=4", "cloudkitty.wsgi.api:application"),
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(f"http://127.0.0.1:{port}", timeout=PATIENCE)
                return process
            time.sleep(0.1)
        raise RuntimeError(f"the API does not answer: {self.output()}")

    def start_processor(self) -> "subprocess.Popen[bytes]":
        """Start the processor with the tool's number of workers."""
        return self._start("cloudkitty-processor")

    def _start(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        with open(self._home / f"{name}.output", "ab") as output:
            process = subprocess.Popen(
                [_path(name), *arguments],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Its own group, to end its workers with it.
                start_new_session=True,
            )
        self.addCleanup(_end, process)
        return process

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self._home)}

    def output(self) -> str:
        """Return the ends of all output and logs."""
        return "\n".join(
            f"{name}:\n{text[-3000:]}" for name, text in self._texts()
        )

    def tracebacks(self) -> list[str]:
        """Return the output and logs that contain a traceback."""
        return [text for _, text in self._texts() if "Traceback" in text]

    def _texts(self) -> list[tuple[str, str]]:
        files = [*self._home.glob("*.output"), *self._home.glob("log/*")]
        return [
            (path.name, path.read_text(errors="replace")) for path in files
        ]


def _path(name: str) -> pathlib.Path:
    return pathlib.Path(sys.executable).with_name(name)


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
