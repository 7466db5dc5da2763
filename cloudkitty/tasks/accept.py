# SPDX-License-Identifier: Apache-2.0
"""Create the tasks of one request: all of them or none."""

import collections
import collections.abc
import dataclasses
import uuid

from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tasks import closed
from cloudkitty.tasks import errors
from cloudkitty.tasks import governance
from cloudkitty.tasks import idempotency
from cloudkitty.tasks import notices
from cloudkitty.tasks import request as task_request
from cloudkitty.tasks import windows

LOG = log.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The tasks created by a request.

    :param batch_id: common id of the tasks.
    :param count: number of tasks: one for each scope.
    """

    batch_id: str
    count: int


def accept(
    database: facade.Database,
    clock: ck_clock.Clock,
    period_seconds: int,
    request: task_request.Request,
    *,
    key: str | None = None,
    rules: governance.Rules = governance.OFF,
    notifications: ck_notifications.Notifications = ck_notifications.SILENT,
) -> Accepted:
    """Create one task for each scope, in one transaction.

    :param period_seconds: ``[collect] period``; stored with the tasks.
    :param key: ``Idempotency-Key``: a repeated request with the same key
        creates no further tasks.
    :param rules: rules of the operator.
    :param notifications: receives a notification for each task.
    :raises cloudkitty.tasks.errors.TaskError: if the request or one of the
        tasks is invalid; nothing is stored.
    """
    request = task_request.normalise(request)
    window = task_request.check_window(request, period_seconds)
    acceptance = _Acceptance(
        request=request,
        window=window,
        period_seconds=period_seconds,
        identity=idempotency.Identity.of(key, request) if key else None,
        clock=clock,
        # The writing transaction begins with the touch, so the ids of the
        # rows are read before it. All other data are read after the rows are
        # locked.
        touched=_rows_to_touch(database, request.scope_ids),
        batch_id=str(uuid.uuid4()),
        rules=rules,
    )
    try:
        accepted = database.write(acceptance.apply)
    except db_exception.DBDuplicateEntry:
        # A concurrent request has inserted the same key, possibly for other
        # scopes.
        accepted = database.write(acceptance.apply)
    if accepted.batch_id != acceptance.batch_id:
        LOG.info(
            *log_fields.event(
                "reprocess sent again",
                batch_id=accepted.batch_id,
            ),
        )
        return accepted
    LOG.info(
        *log_fields.event(
            "reprocess accepted",
            batch_id=accepted.batch_id,
            tasks=accepted.count,
            begin=window.begin.isoformat(),
            end=window.end.isoformat(),
        ),
    )
    notices.tell_batch(
        notifications, notices.CREATED, database, accepted.batch_id
    )
    return accepted


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Acceptance:
    """The transaction that creates the tasks of a normalised request.

    :param window: window of the tasks.
    :param period_seconds: ``[collect] period``.
    :param identity: of a request with an ``Idempotency-Key``.
    :param clock: source of the current time.
    :param touched: ids of the rows of the scopes, read before.
    :param batch_id: id of the new batch.
    :param rules: rules of the operator.
    """

    request: task_request.Request
    window: periods.Window
    period_seconds: int
    identity: idempotency.Identity | None
    clock: ck_clock.Clock
    touched: collections.abc.Sequence[int]
    batch_id: str
    rules: governance.Rules

    def apply(self, session: orm.Session) -> Accepted:
        """Lock the scopes, check the request and insert the tasks.

        :returns: the tasks, or those that an earlier attempt or an identical
            request has created.
        """
        scope_updates.touch(session, self.touched)
        if self.identity and (
            made := self.identity.find(session, self.clock.now())
        ):
            return _made(session, made)
        # After a connection failure during the commit, the previous attempt
        # may have been committed.
        if (done := _made(session, self.batch_id)).count:
            return done
        chosen = _choose(session, self.request.scope_ids, self.touched)
        why = self._check(session, chosen)
        task_queries.insert_batch(
            session,
            [state.id for state in chosen],
            self._new_batch(len(chosen)),
            self.clock.now(),
            why=why,
        )
        if self.identity:
            self.identity.remember(session, self.batch_id, self.clock.now())
        return Accepted(batch_id=self.batch_id, count=len(chosen))

    def _check(
        self,
        session: orm.Session,
        chosen: collections.abc.Sequence[scope_records.ScopeState],
    ) -> str | None:
        """Reject windows that are not rated yet, taken or closed.

        :returns: the text for the tasks' events; None for most requests.
        """
        windows.check_rated(chosen, self.request.end_at, self.period_seconds)
        # A preview changes no data, so it may overlap other tasks.
        if self.request.mode == task_modes.PREVIEW:
            return None
        scope_ids = [state.scope.identifier for state in chosen]
        windows.check_free(
            session, scope_ids, self.window, self.period_seconds
        )
        return closed.check(
            session,
            dict.fromkeys(scope_ids, self.window.begin),
            self.rules,
            force=self.request.force,
        )

    def _new_batch(self, scopes: int) -> task_records.NewBatch:
        # A request field without a task field raises TypeError here.
        shared = {
            field.name: getattr(self.request, field.name)
            for field in dataclasses.fields(self.request)
            if field.name not in task_request.ONLY_ACCEPTED
        }
        # An empty list, like None, selects all metrics.
        metrics = self.request.metrics
        shared["metrics"] = tuple(metrics) if metrics else None
        shared["max_running"] = (
            self.request.max_running or self.rules.max_running
        )
        periods_total = self.window.period_count(self.period_seconds)
        return task_records.NewBatch(
            **shared,
            periods_total=periods_total,
            needs_approval=self.request.mode != task_modes.PREVIEW
            and self.rules.needs_approval(scopes * periods_total),
            period_seconds=self.period_seconds,
            batch_id=self.batch_id,
        )


def _made(session: orm.Session, batch_id: str) -> Accepted:
    count = task_queries.count(session, batch_ids=[batch_id])
    return Accepted(batch_id=batch_id, count=count)


def _identifiers(
    scope_ids: collections.abc.Sequence[str],
) -> collections.abc.Sequence[str]:
    """Return the filter for the scopes table; empty selects every scope."""
    return () if task_request.ALL in scope_ids else scope_ids


def _rows_to_touch(
    database: facade.Database, scope_ids: collections.abc.Sequence[str]
) -> list[int]:
    """Return the row ids of active and inactive scopes in a fixed order.

    Two requests for one scope then lock the same row, even if a row with
    this identifier is deactivated between them.
    """
    with database.reader() as session:
        return scope_queries.find_ids(session, _identifiers(scope_ids))


def _choose(
    session: orm.Session,
    scope_ids: collections.abc.Sequence[str],
    touched: collections.abc.Sequence[int],
) -> list[scope_records.ScopeState]:
    """Return the active scopes of the request among the touched rows.

    A row created after the touch is omitted: it is not locked, so a
    concurrent request could create an overlapping task for it.
    """
    everything = task_request.ALL in scope_ids
    if everything:
        # One statement, instead of one for each 900 rows.
        mine = frozenset(touched)
        active = [
            state
            for state in scope_queries.find(session, active=True)
            if state.id in mine
        ]
    else:
        active = scope_queries.active_with_ids(session, touched)
    counts = collections.Counter(s.scope.identifier for s in active)
    if everything:
        if not active:
            raise errors.NoActiveScopes()
        wanted = tuple(counts)
    else:
        wanted = tuple(scope_ids)
    if unknown := [name for name in wanted if name not in counts]:
        raise errors.UnknownScopes(unknown)
    if ambiguous := [name for name in wanted if counts[name] > 1]:
        raise errors.AmbiguousScopes(ambiguous)
    return active
