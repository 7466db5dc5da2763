# SPDX-License-Identifier: Apache-2.0
"""The worker's side of one process in which scripts run."""

import collections.abc
import contextlib
import dataclasses
import json
import os
import pathlib
import select
import subprocess
import sys
import sysconfig
import tempfile
import typing

import cloudkitty
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.rating.pyscripts.inside import framing

#: Seconds within which a process must start, and the extra time beyond the
#: time limit of scripts, which the process enforces itself.
START_SECONDS = 30
SLACK_SECONDS = 5
#: Bytes of an answer's header.
_MAX_HEADER = 64 * 1024
_CHUNK = 1 << 18
#: A script cannot import installed packages: the path is set only until our
#: own modules are imported.
_BOOTSTRAP = (
    "import sys\n"
    "sys.path.insert(0, sys.argv[1])\n"
    "from cloudkitty.rating.pyscripts.inside import host\n"
    "sys.path.remove(sys.argv[1])\n"
    "host.bootstrap()\n"
)


class ProcessError(exceptions.CloudKittyError):
    """The process ended, or its answer is missing or malformed."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits for the scripts of one period.

    :param seconds: wall-clock time.
    :param memory_bytes: address space.
    :param answer_bytes: length of the answer.
    """

    seconds: int
    memory_bytes: int
    answer_bytes: int


class Process:
    """A confined process; started at once, ended by ``close``.

    It inherits no descriptor, no environment and no working directory, and
    ends itself when this process does.

    :param run: whether scripts will be run, not only compiled.
    :raises ProcessError: if it cannot be started.
    """

    def __init__(
        self, limits: Limits, clock: ck_clock.Clock, *, run: bool
    ) -> None:
        self._clock = clock
        self._limits = limits
        folder = tempfile.mkdtemp(prefix="cloudkitty-scripts-")
        options = json.dumps({**dataclasses.asdict(limits), "run": run})
        root = str(pathlib.Path(cloudkitty.__file__).parents[1])
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own program
                [
                    *(_python(), "-I", "-S", "-B", "-c", _BOOTSTRAP),
                    *(root, options),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                close_fds=True,
                cwd=folder,
                env={},
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise ProcessError(
                f"the process cannot be started ({type(error).__name__})"
            ) from error
        finally:
            # It is the working directory of the process. No file can be
            # created in a deleted folder, and no folder stays if this process
            # is killed.
            os.rmdir(folder)
        self.pid = self._popen.pid
        # Popen has both, as they are asked for above.
        self._stdin = typing.cast(typing.IO[bytes], self._popen.stdin)
        self._stdout = typing.cast(typing.IO[bytes], self._popen.stdout)
        self._writing = self._stdin.fileno()
        self._reading = self._stdout.fileno()
        os.set_blocking(self._writing, False)
        os.set_blocking(self._reading, False)
        try:
            hello, _ = self._receive(self._clock.monotonic() + START_SECONDS)
            if "protections" not in hello:
                raise ProcessError(
                    f"the process failed to start ({hello.get('failed')})"
                )
        except ProcessError:
            self.close()
            raise
        self.protections: dict[str, bool] = hello["protections"]

    def ask(
        self, header: framing.Header, payload: bytes = b""
    ) -> tuple[framing.Header, bytes]:
        """Send a message and return its answer.

        :raises ProcessError: if no answer comes within the time limit; the
            process cannot be used any longer.
        """
        give_up_at = (
            self._clock.monotonic() + self._limits.seconds + SLACK_SECONDS
        )
        self._send(framing.pack(header, payload), give_up_at)
        return self._receive(give_up_at)

    def alive(self) -> bool:
        """Return whether the process is running."""
        return self._popen.poll() is None

    def close(self) -> None:
        """Kill the process and its children."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, 9)
        self.forget()
        self._popen.wait()

    def forget(self) -> None:
        """Close this process's ends of the pipes (those of a parent's)."""
        self._stdin.close()
        self._stdout.close()

    def _send(self, data: bytes, give_up_at: float) -> None:
        view = memoryview(data)
        while view:
            self._wait(self._writing, select.POLLOUT, give_up_at)
            try:
                view = view[os.write(self._writing, view[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise ProcessError("the process ended") from None

    def _receive(self, give_up_at: float) -> tuple[framing.Header, bytes]:
        lengths = self._read(framing.LENGTHS.size, give_up_at)
        header_length, payload_length = framing.LENGTHS.unpack(lengths)
        # Our code keeps these bounds; if they are exceeded, a script has
        # taken over the process.
        if (
            header_length > _MAX_HEADER
            or payload_length > self._limits.answer_bytes + _CHUNK
        ):
            raise ProcessError("the process sent a message that is too large")
        try:
            header = json.loads(self._read(header_length, give_up_at))
        except (ValueError, RecursionError):
            header = None
        if not isinstance(header, dict):
            raise ProcessError("the process sent a malformed message")
        return header, self._read(payload_length, give_up_at)

    def _read(self, length: int, give_up_at: float) -> bytes:
        found = bytearray()
        while len(found) < length:
            self._wait(self._reading, select.POLLIN, give_up_at)
            try:
                more = os.read(self._reading, min(length - len(found), _CHUNK))
            except BlockingIOError:
                continue
            if not more:
                raise ProcessError("the process ended")
            found += more
        return bytes(found)

    def _wait(self, fd: int, event: int, give_up_at: float) -> None:
        left = give_up_at - self._clock.monotonic()
        poll = select.poll()
        poll.register(fd, event)
        if left <= 0 or not poll.poll(left * 1000):
            raise ProcessError("the process does not answer")


def _python() -> str:
    """Return a Python interpreter: ``sys.executable`` may be a server."""
    candidates: collections.abc.Iterable[str] = (
        sys.executable or "",
        os.path.join(sys.prefix, "bin", "python3"),
        os.path.join(sysconfig.get_path("scripts"), "python3"),
    )
    for path in candidates:
        if os.path.basename(path).startswith("python") and os.path.exists(
            path
        ):
            return path
    return "python3"
