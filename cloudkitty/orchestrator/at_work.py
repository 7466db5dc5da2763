# SPDX-License-Identifier: Apache-2.0
"""What a worker does now: for the reports of its process, and heartbeats."""

import collections.abc
import contextlib
import datetime
import typing
import weakref

from cloudkitty.common import periods

#: Ids that are listed; the report has the number of all.
_MOST = 20


class _Task(typing.Protocol):
    @property
    def id(self) -> int: ...

    @property
    def scope_id(self) -> str: ...


class _Pipeline(typing.Protocol):
    #: The current chunk.
    chunk: periods.Window | None


class AtWork:
    """What a worker does: written by the worker, read by a signal handler.

    Each value is replaced as a whole, so that the handler needs no lock.
    """

    def __init__(self) -> None:
        #: Since when it works; None while it waits.
        self.since: datetime.datetime | None = None
        #: The tasks of the current attempt.
        self.tasks: tuple[_Task, ...] = ()
        self._scope_ids: collections.abc.Collection[str] = ()
        self._window: periods.Window | None = None
        # It exists as long as it is at work.
        self._pipeline: collections.abc.Callable[[], _Pipeline | None] = (
            lambda: None
        )

    @contextlib.contextmanager
    def working(self) -> collections.abc.Iterator[None]:
        """Mark the time between two waits of the worker."""
        self.since = datetime.datetime.now(datetime.UTC)
        try:
            yield
        finally:
            self.since = None

    @contextlib.contextmanager
    def on_tasks(
        self, tasks: collections.abc.Iterable[_Task]
    ) -> collections.abc.Iterator[None]:
        """Mark an attempt at claimed tasks."""
        self.tasks = tuple(tasks)
        try:
            yield
        finally:
            self.tasks = ()

    def on_window(
        self,
        pipeline: _Pipeline,
        scope_ids: collections.abc.Collection[str],
        window: periods.Window,
    ) -> None:
        """Note a window of scopes; ``pipeline`` processes it."""
        self._scope_ids, self._window = scope_ids, window
        self._pipeline = weakref.ref(pipeline)

    def describe(self) -> dict[str, typing.Any]:
        """Return the current work: ids and times only."""
        since = self.since
        if since is None:
            return {"state": "waits for the next look"}
        found: dict[str, typing.Any] = {
            "state": "at work",
            "since": since.isoformat(),
        }
        tasks = self.tasks
        if tasks:
            found["tasks"] = len(tasks)
            found["task_id"] = _some(str(task.id) for task in tasks)
            found["task_scope_id"] = _some(task.scope_id for task in tasks)
        pipeline = self._pipeline()
        if pipeline is not None and self._window is not None:
            found["scopes"] = len(self._scope_ids)
            found["scope_id"] = _some(self._scope_ids)
            found["window"] = _times(self._window)
            found["chunk"] = _times(pipeline.chunk)
        return found


def _times(window: periods.Window | None) -> str:
    if window is None:
        return "none yet"
    return f"{window.begin.isoformat()} to {window.end.isoformat()}"


def _some(ids: collections.abc.Iterable[str]) -> str:
    """Return the first ids as one text; each as Python writes it."""
    known = list(ids)
    text = ", ".join(map(repr, known[:_MOST]))
    return text + (", ..." if len(known) > _MOST else "")
