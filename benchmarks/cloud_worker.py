# SPDX-License-Identifier: Apache-2.0
"""One worker of this project, driven step by step, that measures itself.

A program of its own, run with the checkout that is measured in
``PYTHONPATH``; it imports only what every release has. ``python
cloud_worker.py FILE COUNTED`` reads one JSON object per line, of the
configuration ``FILE``, and answers each with one, after a first one when it is
ready:

``{"do": "look", "now": TIME}``
    one cycle of live rating (``LiveRating.work``),
``{"do": "tasks", "now": TIME}``
    all tasks that are due (``Reprocessing.work``),
``{"do": "post", "now": TIME, "scope_ids": [...], "start": TIME, "end": TIME}``
    makes tasks.

An answer has ``seconds``, ``cpu``, ``memory`` (peak, MiB), and ``statements``
and ``commits``, which are counted by SQLAlchemy's events if ``COUNTED`` is 1.
"""

import contextlib
import datetime
import functools
import gc
import json
import os
import pathlib
import re
import sys
import threading
import time
import typing

import sqlalchemy as sa

#: The clock of the worker stays within the period that it was set to.
_MOST = datetime.timedelta(minutes=20)
_GC_THRESHOLD = 20_000


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self._set_at = time.monotonic()
        self._time = datetime.datetime.now(datetime.UTC)

    def set(self, at: datetime.datetime) -> None:
        """Continue from another time."""
        self._time, self._set_at = at, time.monotonic()

    def now(self) -> datetime.datetime:
        """Return the time, which stops before the next period."""
        passed = datetime.timedelta(seconds=time.monotonic() - self._set_at)
        return self._time + min(passed, _MOST)

    def monotonic(self) -> float:
        """Return the monotonic clock of the host."""
        return time.monotonic()


class Counter:
    """Counts what all engines of this process do.

    :param counted: whether it does; the server may know better.
    """

    def __init__(self, *, counted: bool) -> None:
        self.statements = self.commits = 0
        if counted:
            sa.event.listen(sa.Engine, "before_cursor_execute", self._execute)
            sa.event.listen(sa.Engine, "commit", self._commit)

    def _execute(self, *_: object) -> None:
        self.statements += 1

    def _commit(self, _: object) -> None:
        self.commits += 1


class Worker:
    """What a process of the processor has.

    :param file: the configuration.
    """

    def __init__(self, file: str) -> None:
        from oslo_log import log

        from cloudkitty import conf as ck_conf
        from cloudkitty.orchestrator import live
        from cloudkitty.orchestrator import resources
        from cloudkitty.orchestrator.reprocess import worker

        conf = ck_conf.make(["--config-file", file])
        log.setup(conf, "cloudkitty")
        self._clock = Clock()
        self._resources = resources.build(conf, self._clock)
        stop = threading.Event()
        self._live = live.LiveRating(self._resources, stop)
        self._tasks = worker.Reprocessing(self._resources, stop)
        self._resources.database.connect(2)
        # As the processor does after its start.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_GC_THRESHOLD, 10, 10)

    def step(self, given: dict[str, typing.Any]) -> None:
        """Do one step."""
        self._clock.set(datetime.datetime.fromisoformat(given["now"]))
        {"look": self._look, "tasks": self._work, "post": self._post}[
            given["do"]
        ](given)

    def _look(self, _: object) -> None:
        self._live.work()

    def _work(self, _: object) -> None:
        self._tasks.work()
        self._tasks.pending_at()

    def _post(self, given: dict[str, typing.Any]) -> None:
        from cloudkitty.tasks import accept
        from cloudkitty.tasks import request

        accept.accept(
            self._resources.database,
            self._clock,
            self._resources.conf.collect.period,
            request.Request(
                scope_ids=given["scope_ids"],
                start_at=datetime.datetime.fromisoformat(given["start"]),
                end_at=datetime.datetime.fromisoformat(given["end"]),
                reason="benchmark",
            ),
        )

    def close(self) -> None:
        """Release everything."""
        self._resources.close()


def reset_peak() -> None:
    """Let the kernel measure the peak of the memory anew."""
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """Return the peak of this process's memory in MiB."""
    text = pathlib.Path("/proc/self/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def measure(counter: Counter, work: typing.Callable[[], None]) -> dict:
    """Return what the work took."""
    reset_peak()
    before = counter.statements, counter.commits
    began, cpu = time.monotonic(), time.process_time()
    work()
    return {
        "seconds": time.monotonic() - began,
        "cpu": time.process_time() - cpu,
        "memory": peak(),
        "statements": counter.statements - before[0],
        "commits": counter.commits - before[1],
    }


def main() -> None:
    """Do as is said on standard input."""
    # As in the processor: libraries import it only to look for its use.
    sys.modules.setdefault("eventlet", None)  # type: ignore[arg-type]
    # Whatever else is written to standard output goes to the log.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    counter = Counter(counted=sys.argv[2] == "1")

    def tell(answer: dict[str, typing.Any]) -> None:
        answers.write(f"{json.dumps(answer)}\n")
        answers.flush()

    worker = Worker(sys.argv[1])
    tell({"ready": True})
    for line in sys.stdin:
        given = json.loads(line)
        tell(measure(counter, functools.partial(worker.step, given)))
    worker.close()


if __name__ == "__main__":
    main()
