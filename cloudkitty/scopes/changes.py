# SPDX-License-Identifier: Apache-2.0
"""Add a scope manually, activate or deactivate it, change its attributes."""

import datetime

from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.tasks import governance

LOG = log.getLogger(__name__)


class ScopeError(exceptions.CloudKittyError):
    """A scope cannot be added or changed as requested."""


class ScopeExists(ScopeError):
    """The scope exists already: send PATCH to change it, PUT to reset it."""


class Ambiguous(ScopeError):
    """Several scopes have this id: a change cannot select one of them."""


class DateTooLate(ScopeError):
    """The period of the date has not begun."""

    def __init__(
        self, at: datetime.datetime, newest: datetime.datetime
    ) -> None:
        super().__init__(
            f"{at} is in the future, periods up to it would never be rated: "
            f"send {newest} or earlier"
        )


def create(
    database: facade.Database,
    clock: ck_clock.Clock,
    period_seconds: int,
    scope: scopes.Scope,
    last_processed_at: datetime.datetime,
    *,
    active: bool = True,
    rules: governance.Rules = governance.OFF,
) -> scope_records.ScopeState:
    """Add a scope; the period after ``last_processed_at`` is rated first.

    :param period_seconds: ``[collect] period``.
    :raises cloudkitty.scopes.reset.UnalignedDate: with the nearest date.
    :raises DateTooLate: if the date is in the future.
    :raises ScopeExists: if the scope exists, or a scope with this id is
        active.
    :raises cloudkitty.scopes.reset.PeriodsClosed: if live rating would rate
        closed periods of another scope with this id again.
    """
    _check_date(last_processed_at, clock.now(), period_seconds)
    with database.reader() as session:
        found = scope_queries.find(session, identifiers=[scope.identifier])
    touched = [state.id for state in found]
    expected = (scope, last_processed_at, active)

    def work(session: orm.Session) -> scope_records.ScopeState:
        # Concurrent requests for one id wait for the lock on its rows.
        scope_updates.touch(session, touched)
        found = scope_queries.find(session, identifiers=[scope.identifier])
        for state in found:
            # After a connection failure during the commit, the previous
            # attempt may have been committed.
            created = (state.scope, state.last_processed_at, state.active)
            if state.id not in touched and created == expected:
                return state
        if any(state.active or state.scope == scope for state in found):
            raise ScopeExists
        if found:
            # It may share the rated data of the others.
            begin = last_processed_at + datetime.timedelta(
                seconds=period_seconds
            )
            scope_reset.check_open(session, [scope.identifier], begin, rules)
        return scope_updates.create(
            session,
            scope,
            last_processed_at,
            active=active,
            period_seconds=period_seconds,
        )

    try:
        state = database.write(work)
    except db_exception.DBDuplicateEntry as error:
        raise ScopeExists from error
    LOG.info(
        *log_fields.event(
            "scope added",
            scope_id=scope.identifier,
            last=last_processed_at,
            active=active,
        ),
    )
    return state


def _check_date(
    last_processed_at: datetime.datetime,
    now: datetime.datetime,
    period_seconds: int,
) -> None:
    """Reject a date within a period or in the future."""
    if not periods.aligned(last_processed_at, period_seconds):
        raise scope_reset.UnalignedDate(last_processed_at, period_seconds)
    newest = periods.floor(now, period_seconds)
    if last_processed_at > newest:
        raise DateTooLate(last_processed_at, newest)


def change(
    database: facade.Database,
    clock: ck_clock.Clock,
    identifier: str,
    *,
    scope_key: str | None = None,
    fetcher: str | None = None,
    collector: str | None = None,
    active: bool | None = None,
    closing: scope_records.Closing | None = None,
) -> scope_records.ScopeState:
    """Change the given attributes of the only scope with this id.

    Its rated data are not moved.

    :param closing: the new ``closed_before``; None keeps the current one.
    :raises cloudkitty.scopes.reset.NoSuchScope: if no scope has the id.
    :raises Ambiguous: if several scopes have the id.
    """

    def work(session: orm.Session) -> scope_records.ScopeState:
        found = scope_queries.find(session, identifiers=[identifier])
        if not found:
            raise scope_reset.NoSuchScope
        if len(found) > 1:
            raise Ambiguous
        changed = scope_updates.change(
            session,
            found[0].id,
            clock.now(),
            scope_key=scope_key,
            fetcher=fetcher,
            collector=collector,
            active=active,
            closing=closing,
        )
        if changed is None:
            raise scope_reset.NoSuchScope
        return changed

    state = database.write(work)
    LOG.info(
        *log_fields.event(
            "scope changed",
            scope_id=identifier,
            active=state.active,
        ),
    )
    if closing is not None:
        LOG.info(
            *log_fields.event(
                "periods closed",
                scope_id=identifier,
                closed_before=state.closed_before,
            )
        )
    return state
