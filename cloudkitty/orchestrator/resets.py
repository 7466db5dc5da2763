# SPDX-License-Identifier: Apache-2.0
"""Execute scope resets, one after the other, under the scopes' locks."""

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
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import locks as ck_locks
from cloudkitty.storage import base as storage_base
from cloudkitty.tasks import resets

LOG = log.getLogger(__name__)

#: How long a busy scope is waited for before another one has its turn,
LOCK_SECONDS = 5
#: and how often its lock is asked for meanwhile.
POLL_SECONDS = 0.1
#: Pause after a failure, before the same order is tried again.
RETRY_SECONDS = 5
#: Failures after which an order is given up.
MOST_FAILURES = 100
#: Beyond all that is stored.
FAR = datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """One scope to reset.

    :param begin: of the first period to rate again.
    :param due_at: not before, by the monotonic clock.
    :param failures: how often it was tried in vain.
    """

    scope: scopes.Scope
    begin: datetime.datetime
    due_at: float = 0.0
    failures: int = 0


class Parts(typing.Protocol):
    """What of ``resources.Resources`` a reset works with."""

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
    """Works orders off until it is asked to stop.

    Orders are kept in memory. What is left at the end is in ``left``.

    :param parts: what it works with; the locks are used by ``run`` only.
    :param stop: ends it.
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
        """Have scopes reset; returns at once.

        :param begin: aware. Within a period, it is that of the period: what
            is deleted is what is rated again.
        """
        floor = periods.floor(begin, self._period_seconds)
        with self._changed:
            self._orders += [
                Order(scope=self._complete(scope), begin=floor)
                for scope in found
            ]
            self._changed.notify_all()

    def left(self) -> list[Order]:
        """Return the orders that are not done."""
        with self._changed:
            return list(self._orders)

    def wake(self) -> None:
        """Let ``run`` see that it is to stop."""
        with self._changed:
            self._changed.notify_all()

    def run(self) -> None:
        """Work off what comes, until asked to stop."""
        while not self._stop.is_set():
            order = self._next()
            if order is not None:
                self._finish(order, self._attempt(order))

    def _next(self) -> Order | None:
        """Return the first order that is due, waiting for a moment."""
        with self._changed:
            now = self._parts.clock.monotonic()
            for order in self._orders:
                if order.due_at <= now:
                    return order
            self._changed.wait(POLL_SECONDS if self._orders else 1.0)
        return None

    def _finish(self, order: Order, again: Order | None) -> None:
        """Take an order away, or to the end of the queue."""
        with self._changed:
            self._orders.remove(order)
            if again is not None:
                self._orders.append(again)

    def _attempt(self, order: Order) -> Order | None:
        """Try once; return the order as it is to be tried again."""
        held, error = failures.run_isolated(
            functools.partial(self._reset_locked, order),
            "scope reset",
            order.scope.identifier,
        )
        if error is None:
            # Busy: another order first, then this one.
            return None if held else order
        count = order.failures + 1
        if count >= MOST_FAILURES:
            LOG.error(
                "scope reset given up scope_id=%(scope)s begin=%(begin)s",
                {"scope": order.scope.identifier, "begin": order.begin},
            )
            return None
        return dataclasses.replace(
            order,
            failures=count,
            due_at=self._parts.clock.monotonic() + RETRY_SECONDS,
        )

    def _reset_locked(self, order: Order) -> bool:
        """Do it under the scope's lock; return False if that was busy."""
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
        ids = {"scope": order.scope.identifier, "begin": order.begin}
        try:
            before = reset(
                self._parts.database,
                self._parts.storage,
                order.scope,
                order.begin,
                self._period_seconds,
            )
        except resets.ResetError as error:
            # The API has checked all that; things change, though, and
            # upstream's API has not. There is nobody to answer to.
            LOG.error(
                "scope not reset scope_id=%(scope)s begin=%(begin)s: "
                "%(error)s",
                {**ids, "error": error},
            )
            return
        LOG.info(
            "scope reset scope_id=%(scope)s begin=%(begin)s was=%(was)s",
            {**ids, "was": before},
        )

    def _complete(self, scope: scopes.Scope) -> scopes.Scope:
        """Return what live rating takes a row for that upstream began."""
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
) -> datetime.datetime:
    """Delete the scope's data from ``begin`` on, and rate it again.

    Only under the scope's lock. Where the storage joins the database it is
    one transaction. Where not, the state goes first: after a crash in
    between the data are replaced period by period, instead of being gone.
    It goes back once more in the end, in case the lock was lost and
    somebody has rated what was then deleted.

    :returns: beginning of the last period that was rated before.
    :raises cloudkitty.tasks.resets.ResetError: if it must not be.
    :raises cloudkitty.storage.base.StorageError: try again.
    """
    rewind = resets.Rewind.of(database, scope, begin, period_seconds)
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
