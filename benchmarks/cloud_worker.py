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
    makes tasks,
``{"do": "total"|"page", "begin": TIME, "end": TIME, "scope_id": ID or null,
"groupby": [...], "offset": N, "limit": N}``
    reads rated points; the answer has ``found``, as in ``history_floor``,
``{"do": "mark", ...}``
    reads the page before, so that the next ``page`` with ``"marked": true``
    begins at its marker; ``found`` is null where the API has no markers,
``{"do": "load", "scope_id": ID, "begin": TIME, "end": TIME}``, ``{"do":
"replace", ...}``
    reads the points of a window; writes them again,
``{"do": "touch", "scope_ids": [...], "begin": TIME, "end": TIME}``
    replaces nothing by nothing, so that all that is derived from the points
    of these scopes exists.

An answer has ``error`` if the step failed; otherwise ``seconds``, ``cpu``,
``memory`` (peak, MiB), and ``statements`` and ``commits``, which are counted
by SQLAlchemy's events if ``COUNTED`` is 1.
"""

import collections.abc
import contextlib
import dataclasses
import datetime
import functools
import gc
import importlib.util
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
_GC_THRESHOLD = 100_000


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
    """The resources of a process of the processor.

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
        #: What the last step has read: a number and the sum of the prices.
        self.found: tuple[int, float] | None = None
        self._frames: typing.Any = ()
        self._marker: typing.Any = None
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
        if "now" in given:
            self._clock.set(_time(given["now"]))
        steps = {
            "look": self._look,
            "tasks": self._work,
            "post": self._post,
            "total": self._total,
            "page": self._page,
            "mark": self._mark,
            "load": self._load,
            "replace": self._replace,
            "touch": self._touch,
        }
        steps[given["do"]](given)

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
                start_at=_time(given["start"]),
                end_at=_time(given["end"]),
                reason="benchmark",
            ),
        )

    def _total(self, given: dict[str, typing.Any]) -> None:
        totals = self._resources.storage.total(
            self._query(given), tuple(given["groupby"])
        )
        price = sum(row.rate for row in totals.rows)
        self.found = len(totals.rows), float(price)

    def _page(self, given: dict[str, typing.Any]) -> None:
        frames = self._resources.storage.retrieve(self._query(given)).frames
        prices = [point.price for point in _points(frames)]
        self.found = len(prices), float(sum(prices))

    def _mark(self, given: dict[str, typing.Any]) -> None:
        """Make the marker that a client has which has read all pages."""
        if (
            importlib.util.find_spec("cloudkitty.api.v2.dataframes.marker")
            is None
        ):
            return
        storage = self._resources.storage
        offset = given["offset"] - given["limit"]
        query = self._query({**given, "offset": offset})
        frames = storage.retrieve(query).frames
        if not frames:
            return
        last, earlier = frames[-1].start, 0
        if last > query.window.begin:
            window = dataclasses.replace(query.window, end=last)
            query = dataclasses.replace(
                query, window=window, offset=0, limit=1
            )
            earlier = storage.retrieve(query).total
        self._marker = last, given["offset"] - earlier
        self.found = 1, 0.0

    def _load(self, given: dict[str, typing.Any]) -> None:
        found = self._resources.storage.retrieve(self._query(given))
        self._frames = found.frames

    def _replace(self, given: dict[str, typing.Any]) -> None:
        self._write(given["scope_id"], given, self._frames)
        prices = [point.price for point in _points(self._frames)]
        self.found = len(prices), float(sum(prices))

    def _touch(self, given: dict[str, typing.Any]) -> None:
        for scope_id in given["scope_ids"]:
            self._write(scope_id, given, [])

    def _write(
        self,
        scope_id: str,
        given: dict[str, typing.Any],
        frames: typing.Any,
    ) -> None:
        from cloudkitty.common import periods
        from cloudkitty.common import scopes

        conf = self._resources.conf
        self._resources.storage.replace(
            scopes.Scope(
                identifier=scope_id,
                scope_key=conf.collect.scope_key,
                fetcher=conf.fetcher.backend,
                collector=conf.collect.collector,
            ),
            periods.Window(_time(given["begin"]), _time(given["end"])),
            frames,
        )

    def _query(self, given: dict[str, typing.Any]) -> typing.Any:
        from cloudkitty.common import periods
        from cloudkitty.storage import base

        filters = {}
        if given.get("scope_id"):
            key = self._resources.conf.collect.scope_key
            filters[key] = [given["scope_id"]]
        begin, offset = _time(given["begin"]), given.get("offset", 0)
        more: dict[str, typing.Any] = {}
        if given.get("marked"):
            begin, offset = self._marker
            fields = {field.name for field in dataclasses.fields(base.Query)}
            more = {"counted": False} if "counted" in fields else {}
        return base.Query(
            window=periods.Window(begin, _time(given["end"])),
            filters=filters,
            limit=given.get("limit"),
            offset=offset,
            **more,
        )

    def close(self) -> None:
        """Release everything."""
        self._resources.close()


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _points(frames: typing.Any) -> collections.abc.Iterator[typing.Any]:
    for frame in frames:
        for _, points in frame.itertypes():
            yield from points


def reset_peak() -> None:
    """Reset the peak of the memory."""
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """Return the peak of this process's memory in MiB."""
    text = pathlib.Path("/proc/self/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def measure(counter: Counter, work: typing.Callable[[], None]) -> dict:
    """Return the costs of the work."""
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
        worker.found = None
        try:
            took = measure(counter, functools.partial(worker.step, given))
        except Exception as error:
            tell({"error": f"{type(error).__name__}: {error}"})
        else:
            tell({**took, "found": worker.found})
    worker.close()


if __name__ == "__main__":
    main()
