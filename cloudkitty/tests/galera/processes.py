# SPDX-License-Identifier: Apache-2.0
"""Child processes, each with its own group, its own log and a known end."""

import collections.abc
import contextlib
import os
import pathlib
import signal
import subprocess
import time


class NotReady(Exception):
    """Something did not come within its time; the text names it."""


class Child:
    """One running program with its children.

    :param command: the program and its arguments.
    :param log: its output is appended there.
    :param environment: added to that of this process.
    """

    def __init__(
        self,
        command: collections.abc.Sequence[str],
        log: pathlib.Path,
        environment: collections.abc.Mapping[str, str] | None = None,
    ) -> None:
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(environment or {})},
                # Its own process group, to be killed as a whole.
                start_new_session=True,
            )

    def signal(self, number: int) -> None:
        """Send a signal to the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """End it at this instant."""
        self.signal(signal.SIGKILL)
        self.process.wait(30)

    def end(self, seconds: float = 20) -> None:
        """Terminate it; kill its group after ``seconds``."""
        # A stopped process gets no other signal.
        self.signal(signal.SIGCONT)
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self.kill()


def run(*command: str, text: str | None = None) -> str:
    """Run a short command and return its output.

    :raises NotReady: with its errors, if it fails or takes a minute.
    """
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotReady(f"{command[0]}: {error}") from error
    if done.returncode:
        said = " ".join(done.stderr.split())[-300:]
        raise NotReady(f"{' '.join(command)}: {said}")
    return done.stdout


def wait_for(
    what: str,
    done: collections.abc.Callable[[], object],
    seconds: float,
    pause: float = 0.5,
) -> float:
    """Wait until ``done()``; return the seconds it took.

    :raises NotReady: if it is not within ``seconds``.
    """
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > seconds:
            raise NotReady(f"{what}: not within {seconds:.0f} seconds")
        time.sleep(pause)
    return time.monotonic() - began
