# SPDX-License-Identifier: Apache-2.0
"""Execute scope resets one after another under the scopes' locks."""

import collections
import collections.abc
import dataclasses
import datetime
import functools
import threading
import time
import typing

from oslo_config import cfg
from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import locks as ck_locks
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.storage import base as storage_base
from cloudkitty.tasks import governance

LOG = log.getLogger(__name__)

#: Maximum seconds to wait for a busy scope before another order is executed.
LOCK_SECONDS = 5
#: Seconds between two attempts to acquire the lock during that time.
POLL_SECONDS = 0.1
#: Seconds between a failure and the next attempt of the same order.
RETRY_SECONDS = 5
#: Number of failures after which an order is dropped.
MOST_FAILURES = 100
#: Later than the end of all stored data.
FAR = datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """One scope to reset.

    :param begin: beginning of the first period to rate again.
    :param due_at: earliest execution, by the monotonic clock.
    :param failures: number of failed attempts.
    """

    scope: scopes.Scope
    begin: datetime.datetime
    due_at: float = 0.0
    failures: int = 0


class Parts(typing.Protocol):
    """The part of ``resources.Resources`` that a reset needs."""

    @property
    def conf(self) -> cfg.ConfigOpts: ...
    @property
    def clock(self) -> ck_clock.Clock: ...
    @property
    def database(self) -> facade.Database: ...
    @property
    def locks(self) -> ck_locks.Locks: ...
    @property
    def storage(self) -> storage_base.Storage: ...


class Resets:
    """Executes orders until asked to stop.

    Orders are kept in memory. ``left`` returns the orders that remain at the
    end.

    :param parts: the resources; only ``run`` uses the locks.
    :param stop: ends the execution.
    """

    def __init__(self, parts: Parts, stop: threading.Event) -> None:
        self._parts = parts
        self._stop = stop
        self._period_seconds: int = parts.conf.collect.period
        self._orders: collections.deque[Order] = collections.deque()
        self._changed = threading.Condition()

    def add(
        self,
        found: collections.abc.Iterable[scopes.Scope],
        begin: datetime.datetime,
    ) -> None:
        """Add orders to reset scopes; return immediately.

        :param begin: aware. A time within a period is rounded down to the
            period's beginning, so all deleted periods are rated again.
        """
        floor = periods.floor(begin, self._period_seconds)
        with self._changed:
            self._orders += [
                Order(scope=self._complete(scope), begin=floor)
                for scope in found
            ]
            self._changed.notify_all()

    def left(self) -> list[Order]:
        """Return the orders that are not completed."""
        with self._changed:
            return list(self._orders)

    def wake(self) -> None:
        """Wake ``run`` so that it checks whether to stop."""
        with self._changed:
            self._changed.notify_all()

    def run(self) -> None:
        """Execute orders until asked to stop."""
        while not self._stop.is_set():
            order = self._next()
            if order is not None:
                self._finish(order, self._attempt(order))

    def _next(self) -> Order | None:
        """Return the first order that is due; wait for a moment if none is."""
        with self._changed:
            now = self._parts.clock.monotonic()
            for order in self._orders:
                if order.due_at <= now:
                    return order
            self._changed.wait(POLL_SECONDS if self._orders else 1.0)
        return None

    def _finish(self, order: Order, again: Order | None) -> None:
        """Remove an order, or move it to the end of the queue."""
        with self._changed:
            self._orders.remove(order)
            if again is not None:
                self._orders.append(again)

    def _attempt(self, order: Order) -> Order | None:
        """Try once; return the order to retry, or None."""
        held, error = failures.run_isolated(
            functools.partial(self._reset_locked, order),
            "scope reset failed",
            scope_id=order.scope.identifier,
            begin=order.begin,
        )
        if error is None:
            # Busy: other orders are executed before this one is retried.
            return None if held else order
        count = order.failures + 1
        if count >= MOST_FAILURES:
            LOG.error(
                *log_fields.event(
                    "scope reset given up",
                    scope_id=order.scope.identifier,
                    begin=order.begin,
                ),
            )
            return None
        return dataclasses.replace(
            order,
            failures=count,
            due_at=self._parts.clock.monotonic() + RETRY_SECONDS,
        )

    def _reset_locked(self, order: Order) -> bool:
        """Execute under the scope's lock; return False if it was busy."""
        locks = self._parts.locks
        name = locks.names.of_scope(order.scope.identifier)
        give_up_at = time.monotonic() + LOCK_SECONDS
        while True:
            with locks.try_hold(name) as held:
                if held:
                    self._reset(order)
                    return True
            if time.monotonic() >= give_up_at:
                return False
            if self._stop.wait(POLL_SECONDS):
                return False

    def _reset(self, order: Order) -> None:
        try:
            before = reset(
                self._parts.database,
                self._parts.storage,
                order.scope,
                order.begin,
                self._period_seconds,
                governance.Rules.of(self._parts.conf),
            )
        except scope_reset.ResetError as error:
            # The API has checked these conditions, but they may have changed,
            # and upstream's API does not check them. A cast has no reply.
            LOG.error(
                *log_fields.event(
                    "scope not reset",
                    scope_id=order.scope.identifier,
                    begin=order.begin,
                    error=error,
                )
            )
            return
        LOG.info(
            *log_fields.event(
                "scope reset",
                scope_id=order.scope.identifier,
                begin=order.begin,
                was=before,
            )
        )

    def _complete(self, scope: scopes.Scope) -> scopes.Scope:
        """Return the scope with empty fields filled in as live rating does."""
        if scope.scope_key or scope.fetcher or scope.collector:
            return scope
        conf = self._parts.conf
        return scopes.Scope(
            identifier=scope.identifier,
            scope_key=conf.collect.scope_key,
            fetcher=conf.fetcher.backend,
            collector=conf.collect.collector,
        )


def reset(
    database: facade.Database,
    storage: storage_base.Storage,
    scope: scopes.Scope,
    begin: datetime.datetime,
    period_seconds: int,
    rules: governance.Rules = governance.OFF,
) -> datetime.datetime:
    """Delete the scope's data from ``begin`` on and move its state back.

    The caller holds the scope's lock. If the storage joins the database this
    is one transaction. Otherwise the state is moved first: after a crash
    before the deletion, the data are replaced period by period instead of
    being lost. The state is moved back again at the end, in case the lock was
    lost and another worker rated periods that were then deleted.

    :param rules: rules of the operator: closed periods are not reset.
    :returns: beginning of the last period that was rated before.
    :raises cloudkitty.scopes.reset.ResetError: if the reset is not allowed.
    :raises cloudkitty.storage.base.StorageError: the reset can be repeated.
    """
    rewind = scope_reset.Rewind.of(
        database, scope, begin, period_seconds, rules
    )
    window = periods.Window(begin, FAR)
    if storage.joins_database:

        def work(session: orm.Session) -> datetime.datetime:
            before = rewind.apply(session)
            storage.replace(scope, window, [], transaction=session)
            return before.last_processed_at

        return database.write(work)
    before = database.write(rewind.apply)
    storage.delete(scope, window)
    database.write(rewind.apply)
    return before.last_processed_at
