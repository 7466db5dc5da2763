# SPDX-License-Identifier: Apache-2.0
"""A CloudKitty of the demo's own, in a temporary folder."""

import collections.abc
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.executable).parent

#: What the demo sets beside etc/cloudkitty/embedded.conf.
_OWN_CONF = """\
[collector_openmetrics]
path = {folder}/metrics.om

[fetcher_source]
sources = {scopes}

[api]
port = {port}

[orchestrator]
# One look a second, and small steps: there is something to watch.
reprocess_poll_interval = 1
chunk_points = 30
"""


class Failed(Exception):
    """A program of the demo did not do its work."""


class Service:
    """Folder, configuration and processes; use as a context manager."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cloudkitty-demo-"))
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._configure(scopes)

    @property
    def conf_arguments(self) -> list[str]:
        """The options that make a command read the demo's configuration."""
        return [
            f"--config-file={self.folder}/{name}"
            for name in ("embedded.conf", "demo.conf")
        ]

    def _configure(self, scopes: tuple[str, ...]) -> None:
        source = TOP / "etc" / "cloudkitty"
        shutil.copy(source / "api_paste.ini", self.folder)
        # Same file as a real installation has, only all paths are here.
        text = (source / "embedded.conf").read_text(encoding="utf-8")
        for root in ("/var/lib/cloudkitty", "/etc/cloudkitty"):
            text = text.replace(root, str(self.folder))
        (self.folder / "embedded.conf").write_text(text, encoding="utf-8")
        (self.folder / "demo.conf").write_text(
            _OWN_CONF.format(
                folder=self.folder, scopes=",".join(scopes), port=self.port
            ),
            encoding="utf-8",
        )

    def run(self, command: str, *arguments: str) -> None:
        """Run one command to its end.

        :raises Failed: when its exit status is not 0.
        """
        self.start(command, *arguments)
        status = self._processes[command].wait()
        del self._processes[command]
        if status:
            raise Failed(f"{command} ended with status {status}")

    def start(self, command: str, *arguments: str) -> None:
        """Start one command in the background."""
        with _signals_wait() as before, self._log(command) as log:
            self._processes[command] = subprocess.Popen(
                [BIN / command, *self.conf_arguments, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                # Ctrl-C reaches the demo alone, which then ends its programs.
                start_new_session=True,
                preexec_fn=lambda: _set_signals(before),
            )

    def check(self) -> None:
        """Raise ``Failed`` if a started program has ended by itself."""
        for command, process in self._processes.items():
            if process.poll() is not None:
                raise Failed(
                    f"{command} ended with status {process.returncode}"
                )

    def log_tails(self, lines: int = 25) -> str:
        """Return the ends of all logs, for the report of a failure."""
        tails = []
        for path in sorted(self.folder.glob("*.log")):
            text = path.read_text(encoding="utf-8", errors="replace")
            tail = "\n".join(text.splitlines()[-lines:])
            tails.append(f"--- {path.name}\n{tail}")
        return "\n".join(tails)

    def close(self) -> None:
        """End what was started, by pid, and remove the folder."""
        with _signals_wait():
            self._end_processes()
            self._remove_folder()

    def _end_processes(self) -> None:
        # Worker processes are in their parent's session, and so in its group.
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
        give_up_at = time.monotonic() + 15
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, give_up_at - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _remove_folder(self) -> None:
        # A worker that was killed may need a moment until it is gone, and
        # may have made a file since the folder was listed.
        give_up_at = time.monotonic() + 5
        while self.folder.exists() and time.monotonic() < give_up_at:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _log(self, command: str):
        return (self.folder / f"{command}.log").open("ab")


#: What a signal mask is, to Python.
_Signals = collections.abc.Iterable[int]


def _set_signals(mask: _Signals) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextlib.contextmanager
def _signals_wait() -> collections.abc.Iterator[_Signals]:
    """Have Ctrl-C and `kill` wait; gives the mask that was there before.

    Without it they could come when a program is started but not yet noted,
    and nobody would end it.
    """
    before = signal.pthread_sigmask(
        signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM)
    )
    try:
        yield before
    finally:
        _set_signals(before)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
