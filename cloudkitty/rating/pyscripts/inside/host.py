# SPDX-License-Identifier: Apache-2.0
"""The process in which scripts are compiled, one for each worker.

It runs no script itself: each period's scripts run in a fork of it, so that
periods share no state, and no script can end it.
"""

import contextlib
import dataclasses
import gc
import importlib
import json
import os
import select
import signal
import sys
import time
import types
import typing
import warnings

from cloudkitty.rating.pyscripts.inside import confine
from cloudkitty.rating.pyscripts.inside import framing
from cloudkitty.rating.pyscripts.inside import run

_REQUESTS, _ANSWERS = 0, 1
_CHUNK = 1 << 18


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits of one run.

    :param seconds: wall-clock time.
    :param memory_bytes: address space.
    :param answer_bytes: length of the answer.
    """

    seconds: int
    memory_bytes: int
    answer_bytes: int


def main(argument: str) -> None:
    """Serve until the worker's end of the pipe is closed.

    :param argument: JSON of the limits, and whether scripts will be run.
    """
    options = json.loads(argument)
    will_run = options.pop("run")
    limits = Limits(**options)
    if will_run:
        for name in confine.MODULES:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    # From here on nothing can be opened for writing.
    null = os.open(os.devnull, os.O_RDWR)
    protections = confine.confine_host(limits.memory_bytes)
    warnings.simplefilter("ignore")
    # The existing objects are never garbage: the forks need not scan them.
    gc.freeze()
    host = Host(limits, protections, null)
    _answer({"protections": dataclasses.asdict(protections)})
    with contextlib.suppress(framing.Closed, BrokenPipeError):
        while True:
            host.serve(*framing.receive(_REQUESTS))


class Host:
    """Compiles scripts and runs them in forks.

    :param null: descriptor of ``/dev/null``.
    """

    def __init__(
        self, limits: Limits, protections: confine.Protections, null: int
    ) -> None:
        self._limits = limits
        self._filter = confine.make_filter(protections)
        self._null = null
        self._codes: dict[str, types.CodeType] = {}

    def serve(self, header: framing.Header, payload: bytes) -> None:
        """Execute the request of one message, and answer."""
        if header["do"] == "compile":
            _answer(self._compile(header["checksum"], header["source"]))
        else:
            ended, answer = self._run(header["scripts"], payload)
            _answer({"ended": ended}, answer)

    def _compile(self, checksum: str, source: str) -> framing.Header:
        try:
            self._codes[checksum] = compile(
                source, run.FILENAME, "exec", dont_inherit=True
            )
        except SyntaxError as error:
            return {"error": type(error).__name__, "line": error.lineno}
        except (ValueError, RecursionError, MemoryError, OverflowError) as e:
            return {"error": type(e).__name__, "line": None}
        return {}

    def _run(self, scripts: list[str], payload: bytes) -> tuple[str, bytes]:
        codes = [self._codes[checksum] for checksum in scripts]
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            run.silence(self._null, writing)
            run.run(
                codes,
                payload,
                writing,
                self._filter,
                self._limits.seconds,
            )
        os.close(writing)
        try:
            ended, answer = self._collect(reading)
        finally:
            os.close(reading)
            # It has closed its pipe, or must end: no more output can come.
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        if not ended and os.WIFSIGNALED(status):
            ended = signal.Signals(os.WTERMSIG(status)).name
        return ended, answer

    def _collect(self, reading: int) -> tuple[str, bytes]:
        """Return why the answer is incomplete, or ``""``, and the answer."""
        found = bytearray()
        give_up_at = time.monotonic() + self._limits.seconds
        poll = select.poll()
        poll.register(reading, select.POLLIN)
        # Only whether the worker is still there.
        poll.register(_REQUESTS, 0)
        while True:
            left = give_up_at - time.monotonic()
            if left <= 0:
                return "time", bytes(found)
            events = dict(poll.poll(left * 1000))
            if _REQUESTS in events:
                os.killpg(0, signal.SIGKILL)
            if reading in events:
                more = os.read(reading, _CHUNK)
                if not more:
                    return "", bytes(found)
                found += more
                if len(found) > self._limits.answer_bytes:
                    begun = len(found) - len(found.lstrip(run.RUNNING))
                    return "size", bytes(found[:begun])


def _answer(header: framing.Header, payload: bytes = b"") -> None:
    framing.send(_ANSWERS, framing.pack(header, payload))


def bootstrap() -> typing.NoReturn:
    """Run ``main``; report the error if it fails."""
    try:
        main(sys.argv[2])
    except BaseException as error:
        with contextlib.suppress(BaseException):
            _answer({"failed": type(error).__name__})
    os._exit(0)
