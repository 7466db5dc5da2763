# SPDX-License-Identifier: Apache-2.0
"""Windows in which running tasks are changing rated data."""

import collections.abc
import typing

import wsme.types
from sqlalchemy import orm

from cloudkitty.api import ordered
from cloudkitty.api import timestamps
from cloudkitty.api.request import hooks
from cloudkitty.common import periods
from cloudkitty.db.tasks import overlap as task_overlap
from cloudkitty.db.tasks import records as task_records

T = typing.TypeVar("T")


class Window(ordered.Base):
    """A window with the old rating of some periods and the new of others."""

    scope_id = wsme.types.text
    task_id = wsme.types.wsattr(int)
    begin = wsme.types.text
    #: Exclusive.
    end = wsme.types.text


def find(
    window: periods.Window | None = None,
    scope_ids: collections.abc.Collection[str] | None = None,
) -> list[Window]:
    """Return the windows that running tasks are changing.

    :param window: select windows that overlap it; ``None`` selects all.
    :param scope_ids: select these scopes; ``None`` selects every scope.
    """
    with hooks.services().database.reader() as session:
        return read(session, window, scope_ids)


def read(
    session: orm.Session,
    window: periods.Window | None = None,
    scope_ids: collections.abc.Collection[str] | None = None,
) -> list[Window]:
    """Return the same as ``find``, in the given transaction."""
    period_seconds = hooks.services().conf.collect.period
    found = task_overlap.running(
        session, period_seconds, window=window, scope_ids=scope_ids
    )
    return [_window(task, period_seconds) for task in found]


def around(
    read: collections.abc.Callable[[], T],
    window: periods.Window,
    scope_ids: collections.abc.Collection[str] | None,
) -> tuple[T, list[Window]]:
    """Return the result of ``read`` and the windows that tasks changed.

    A task may start or end during ``read``, so the windows are read before
    and after it.
    """
    before = find(window, scope_ids)
    result = read()
    told = {each.task_id: each for each in before}
    told |= {each.task_id: each for each in find(window, scope_ids)}
    return result, [told[task_id] for task_id in sorted(told)]


def _window(task: task_records.ListedTask, period_seconds: int) -> Window:
    window = task.window(period_seconds)
    return Window(
        scope_id=task.scope_id,
        task_id=task.id,
        begin=timestamps.iso(window.begin),
        end=timestamps.iso(window.end),
    )
