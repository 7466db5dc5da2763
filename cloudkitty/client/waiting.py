# SPDX-License-Identifier: Apache-2.0
"""Waiting for the end of tasks, with a bar on a terminal."""

import collections.abc
import contextlib
import time
import typing

import rich.console
import rich.progress
from osc_lib import exceptions

from cloudkitty.client import approvals
from cloudkitty.client import http
from cloudkitty.client import watch as ck_watch
from cloudkitty.common import clock as ck_clock

#: Exit statuses of a command that waits; 1 is another error, 2 a wrong
#: argument, 130 Ctrl-C.
SUCCEEDED, FAILED, CANCELLED, TIMED_OUT, AWAITS_APPROVAL = 0, 3, 4, 5, 6
#: Looks without a response, one after the other, until waiting ends.
_MAX_SILENT = 30

Show = collections.abc.Callable[[ck_watch.Progress], None]


class Waiter:
    """Waits for the tasks of a watch.

    :param stream: standard error; only a terminal gets the bar.
    :param interval: seconds between two looks.
    :param timeout: seconds, or ``None`` for no limit.
    :param sleep: ``time.sleep``.
    :param await_approval: whether to wait also while all unfinished tasks
        await approval.
    """

    def __init__(
        self,
        stream: typing.TextIO,
        interval: float,
        timeout: float | None,
        clock: ck_clock.Clock,
        sleep: collections.abc.Callable[[float], None] = time.sleep,
        *,
        await_approval: bool = False,
    ) -> None:
        self._stream = stream
        self._interval = interval
        self._timeout = timeout
        self._clock = clock
        self._sleep = sleep
        self._await_approval = await_approval

    def wait(self, watch: ck_watch.Watch) -> int:
        """Return the exit status once all tasks are finished.

        :raises KeyboardInterrupt: after a line with the ids, on Ctrl-C.
        """
        shown = _bar if self._stream.isatty() else _lines
        try:
            with shown(self._stream) as show:
                progress = self._until_finished(watch, show)
        except KeyboardInterrupt:
            self._stream.write(
                f"Interrupted. The processor continues with {watch.name}; "
                f"to wait again:\n"
                f"openstack rating reprocess wait {watch.arguments}\n"
            )
            raise
        if progress is None:
            self._stream.write(f"Timeout: {watch.name} is not finished.\n")
            return TIMED_OUT
        if not progress.finished:
            self._explain_approval(watch, progress.awaiting)
            return AWAITS_APPROVAL
        if "failed" in progress.states:
            return FAILED
        return CANCELLED if "cancelled" in progress.states else SUCCEEDED

    def _until_finished(
        self, watch: ck_watch.Watch, show: Show
    ) -> ck_watch.Progress | None:
        """Return the last progress, ``None`` after the timeout.

        It is not finished if tasks await approval.
        """
        begin = self._clock.monotonic()
        silent = 0
        while True:
            try:
                progress = watch.look()
                silent = 0
                show(progress)
                if progress.finished or (
                    progress.awaits_approval and not self._await_approval
                ):
                    return progress
            except (http.ApiError, http.Unreachable) as error:
                silent += 1
                if silent > _MAX_SILENT or not _passes(error):
                    raise
            passed = self._clock.monotonic() - begin
            if self._timeout is not None and passed >= self._timeout:
                return None
            self._sleep(self._interval)

    def _explain_approval(
        self, watch: ck_watch.Watch, batch_ids: tuple[str, ...]
    ) -> None:
        """Print how to continue after the approval."""
        for batch_id in batch_ids:
            self._stream.write(f"{approvals.hint(batch_id)}\n")
        self._stream.write(
            f"To wait again after the approval:\n"
            f"openstack rating reprocess wait {watch.arguments}\n"
        )


def _passes(error: exceptions.CommandError) -> bool:
    """Return whether a later request may succeed: the API restarts."""
    return not isinstance(error, http.ApiError) or error.status >= 500


@contextlib.contextmanager
def _bar(stream: typing.TextIO) -> collections.abc.Iterator[Show]:
    columns = (
        rich.progress.BarColumn(bar_width=30),
        rich.progress.TaskProgressColumn(),
        rich.progress.TextColumn("{task.completed}/{task.total} periods"),
        rich.progress.TimeRemainingColumn(),
        rich.progress.TextColumn("{task.description}", markup=False),
    )
    console = rich.console.Console(file=stream)
    with rich.progress.Progress(*columns, console=console) as progress:
        row = progress.add_task("", total=None)

        def show(now: ck_watch.Progress) -> None:
            progress.update(
                row,
                completed=now.done,
                total=now.total,
                description=now.text,
                refresh=True,
            )

        yield show


@contextlib.contextmanager
def _lines(stream: typing.TextIO) -> collections.abc.Iterator[Show]:
    """One line for each change of the states: for a log."""
    last = ""

    def show(now: ck_watch.Progress) -> None:
        nonlocal last
        if now.text != last:
            last = now.text
            stream.write(f"{now.done} of {now.total} periods: {now.text}\n")
            stream.flush()

    yield show
