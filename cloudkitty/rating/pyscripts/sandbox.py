# SPDX-License-Identifier: Apache-2.0
"""Run scripts on frames, in a process that is started on demand."""

import builtins
import collections.abc
import contextlib
import decimal
import hashlib
import json
import os
import threading
import typing

from oslo_config import cfg
from oslo_log import log

from cloudkitty import dataframe
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.rating.pyscripts import frames
from cloudkitty.rating.pyscripts import process as ck_process
from cloudkitty.rating.pyscripts.inside import run

LOG = log.getLogger(__name__)

#: Scripts that one process compiles before it is replaced.
_MOST_SCRIPTS = 1000
_MIB = 1024 * 1024


class ScriptFailed(exceptions.CloudKittyError):
    """A script failed.

    The text gives the reason, without text of the script or its data.

    :ivar index: position in the list of scripts to run; None if unknown.
    """

    def __init__(self, index: int | None, why: str) -> None:
        super().__init__(why)
        self.index = index


class Sandbox:
    """Runs the scripts of one worker; thread-safe.

    The process is started at the first use, after the fork of the worker, and
    replaced when it has ended or exceeded a limit.

    :param conf: ``[pyscripts]`` is read.
    """

    def __init__(self, conf: cfg.ConfigOpts, clock: ck_clock.Clock) -> None:
        self._options = conf.pyscripts
        self._clock = clock
        self._lock = threading.Lock()
        self._process: ck_process.Process | None = None
        self._owner = 0
        self._known: set[str] = set()

    def run(
        self,
        sources: collections.abc.Sequence[str],
        frame: dataframe.DataFrame,
    ) -> dataframe.DataFrame:
        """Return the frame after all scripts, which run one after the other.

        :raises ScriptFailed: if one of them fails or exceeds its time.
        """
        try:
            payload = frames.pack(frame)
        except frames.Invalid as error:
            raise ScriptFailed(None, f"cannot be run: {error}") from error
        with self._lock, self._usable() as process:
            checksums = [
                self._compile_once(process, index, source)
                for index, source in enumerate(sources)
            ]
            header, answer = process.ask(
                {"do": "run", "scripts": checksums}, payload
            )
        return self._read(header, answer, frame)

    def close(self) -> None:
        """End the process, if this process has started one."""
        with self._lock:
            self._drop()

    @contextlib.contextmanager
    def _usable(self) -> collections.abc.Iterator[ck_process.Process]:
        """Yield a process; forget it if it fails."""
        try:
            yield self._get()
        except ck_process.ProcessError as error:
            self._drop()
            raise ScriptFailed(None, str(error)) from error
        except BaseException as error:
            # A message may be incomplete: the next answer would be garbled.
            if not isinstance(error, ScriptFailed):
                self._drop()
            raise

    def _get(self) -> ck_process.Process:
        if self._owner != os.getpid() and self._process is not None:
            # That of the process this one was forked from.
            self._process.forget()
            self._process = None
        if self._process is not None and (
            not self._process.alive() or len(self._known) >= _MOST_SCRIPTS
        ):
            self._drop()
        if self._process is None:
            self._process = self._start()
            self._owner = os.getpid()
            self._known = set()
        return self._process

    def _start(self) -> ck_process.Process:
        limits = limits_of(self._options)
        process = ck_process.Process(limits, self._clock, run=True)
        missing = [
            name for name, there in process.protections.items() if not there
        ]
        if missing:
            LOG.warning(
                *log_fields.event(
                    "scripts run with less protection",
                    pid=process.pid,
                    missing=",".join(sorted(missing)),
                ),
            )
        if "filter" in missing and self._options.isolation == "strict":
            process.close()
            raise ScriptFailed(
                None,
                "cannot be run: this kernel or architecture has no seccomp "
                "filter, which [pyscripts] isolation = strict requires",
            )
        LOG.info(
            *log_fields.event(
                "process of scripts started",
                pid=process.pid,
            )
        )
        return process

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if self._owner == os.getpid():
            process.close()
        else:
            process.forget()

    def _compile_once(
        self, process: ck_process.Process, index: int, source: str
    ) -> str:
        """Compile a script once; return its checksum."""
        checksum = hashlib.sha512(source.encode("utf-8")).hexdigest()
        if checksum not in self._known:
            try:
                answer = _compile(process, checksum, source)
            except ck_process.ProcessError as error:
                self._drop()
                raise ScriptFailed(index, str(error)) from error
            if answer:
                raise ScriptFailed(index, answer)
            self._known.add(checksum)
        return checksum

    def _read(
        self,
        header: dict[str, typing.Any],
        answer: bytes,
        frame: dataframe.DataFrame,
    ) -> dataframe.DataFrame:
        text = answer.lstrip(run.RUNNING)
        # The last script that was running.
        index = max(0, len(answer) - len(text) - 1)
        why = self._failure(header.get("ended"))
        if why is not None:
            raise ScriptFailed(index, why)
        try:
            found = json.loads(text)
            wire, problem = found.get("frame"), found.get("error")
        except (ValueError, RecursionError, AttributeError):
            raise ScriptFailed(index, "ended without an answer") from None
        if problem is not None:
            raise ScriptFailed(index, _problem(problem))
        try:
            return frames.unpack(wire, frame)
        except frames.Invalid as error:
            raise ScriptFailed(index, f"left invalid data: {error}") from error

    def _failure(self, how: object) -> str | None:
        """Return why there is no answer; None if there is one."""
        options = self._options
        if how == "":
            return None
        if how == "time":
            return (
                f"took longer than [pyscripts] time_limit = "
                f"{options.time_limit} seconds"
            )
        if how == "size":
            return (
                f"returned more than [pyscripts] max_answer_size = "
                f"{options.max_answer_size} MiB of data"
            )
        return f"ended its process ({_known_name(how)})"


def check(source: str) -> str | None:
    """Return the error in a script's syntax; None if it compiles.

    It is compiled in a separate process, because a source can crash the
    compiler too.

    :raises cloudkitty.rating.pyscripts.process.ProcessError: if that process
        cannot be started.
    """
    # The limits of a compilation do not depend on the options.
    limits = ck_process.Limits(
        seconds=10, memory_bytes=512 * _MIB, answer_bytes=1024
    )
    process = ck_process.Process(limits, ck_clock.SystemClock(), run=False)
    with contextlib.closing(process):
        try:
            return _compile(process, "", source)
        except ck_process.ProcessError:
            return "cannot be compiled: takes too much time or memory"


def limits_of(options: typing.Any) -> ck_process.Limits:
    """Return the limits that ``[pyscripts]`` sets."""
    return ck_process.Limits(
        seconds=options.time_limit,
        memory_bytes=options.memory_limit * _MIB,
        answer_bytes=options.max_answer_size * _MIB,
    )


def _compile(
    process: ck_process.Process, checksum: str, source: str
) -> str | None:
    """Return why a script does not compile; None if it does."""
    answer, _ = process.ask(
        {"do": "compile", "checksum": checksum, "source": source}
    )
    if not answer:
        return None
    return f"cannot be compiled: {_where(answer, answer.get('error'))}"


def _problem(problem: object) -> str:
    if not isinstance(problem, dict):
        return "ended without an answer"
    kind = problem.get("kind")
    if kind == "data":
        return f"left invalid data: {_sentence(problem)}"
    if kind == "script":
        return f"raised {_where(problem, problem.get('type'))}"
    return f"cannot be run: {_known_name(problem.get('type'))}"


def _sentence(problem: dict[str, typing.Any]) -> str:
    what = problem.get("what")
    # One of ours, unless the script forged it.
    if isinstance(what, str) and len(what) < 100 and what.isprintable():
        return what
    return _known_name(problem.get("type"))


def _where(problem: dict[str, typing.Any], name: object) -> str:
    line = problem.get("line")
    if isinstance(line, int) and not isinstance(line, bool):
        return f"{_known_name(name)} in line {line}"
    return _known_name(name)


def _known_name(name: object) -> str:
    """Return the name of a well-known exception or signal.

    Any other name is the script's own, and might be made of data.
    """
    if isinstance(name, str) and (
        isinstance(getattr(builtins, name, None), type)
        or isinstance(getattr(decimal, name, None), type)
        or (name.startswith("SIG") and name.isupper() and len(name) < 12)
    ):
        return name
    return "an exception of its own"
