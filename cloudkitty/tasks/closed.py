# SPDX-License-Identifier: Apache-2.0
"""Closed periods: those that are invoiced and must not be rated again.

A period is closed if it begins before ``[reprocess] closed_before``, or before
``closed_before`` of a scope with its identifier. Every request that schedules
work in a closed period must be forced.
"""

import collections.abc
import datetime

from sqlalchemy import orm

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import errors
from cloudkitty.tasks import governance

#: Beginning of the first period to rate again, by scope.
Begins = collections.abc.Mapping[str, datetime.datetime]


def find(
    session: orm.Session, begins: Begins, rules: governance.Rules
) -> list[tuple[str, datetime.datetime]]:
    """Return the scopes with work in closed periods, and the end of these.

    :param begins: not empty.
    """
    ends = scope_queries.closed_after(session, min(begins.values()), begins)
    everywhere = rules.closed_before
    if not ends and everywhere is None:
        return []
    found = []
    for name, begin in begins.items():
        closed = [at for at in (ends.get(name), everywhere) if at is not None]
        if closed and max(closed) > begin:
            found.append((name, max(closed)))
    return found


def check(
    session: orm.Session,
    begins: Begins,
    rules: governance.Rules,
    *,
    force: bool,
) -> str | None:
    """Reject work in closed periods unless it is forced.

    :param begins: not empty.
    :param force: whether the request is forced; the API has checked the
        policy.
    :returns: the text for the tasks' events if the work is forced; None if no
        period is closed.
    :raises cloudkitty.tasks.errors.WindowClosed: the message contains the
        scopes and the first time that is not closed.
    """
    ends = find(session, begins, rules)
    if not ends:
        return None
    if not force:
        raise errors.WindowClosed(ends)
    return f"forced: periods before {max(at for _, at in ends)} are closed"


def check_tasks(
    session: orm.Session,
    tasks: collections.abc.Iterable[task_records.Task],
    target: str,
    period_seconds: int,
    rules: governance.Rules,
    *,
    force: bool,
    why: str | None = None,
) -> str | None:
    """Reject the retry, resume or approval of tasks in closed periods.

    Only their remaining periods count.

    :param target: new state of the tasks. Other states than those that wait
        for a processor are not checked.
    :param period_seconds: ``[collect] period``.
    :param force: as for ``check``.
    :param why: the reason in the request.
    :returns: the reason for the tasks' events.
    :raises cloudkitty.tasks.errors.WindowClosed: as ``check``.
    """
    if target not in states.WAITING:
        return why
    begins: dict[str, datetime.datetime] = {}
    for task in tasks:
        rest = task.rest(period_seconds)
        # A preview changes no data.
        if rest is None or task.mode == task_modes.PREVIEW:
            continue
        known = begins.get(task.scope_id, rest.begin)
        begins[task.scope_id] = min(known, rest.begin)
    if not begins:
        return why
    forced = check(session, begins, rules, force=force)
    return " ".join(filter(None, (why, forced and f"({forced})"))) or None
