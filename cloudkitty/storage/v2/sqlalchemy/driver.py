# SPDX-License-Identifier: Apache-2.0
"""The storage that keeps rated points in an SQL database."""

import collections.abc
import dataclasses

from oslo_config import cfg
from sqlalchemy import exc
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import points
from cloudkitty.db import schema
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.importing import months
from cloudkitty.storage.v2.sqlalchemy import add
from cloudkitty.storage.v2.sqlalchemy import counts
from cloudkitty.storage.v2.sqlalchemy import errors
from cloudkitty.storage.v2.sqlalchemy import purge
from cloudkitty.storage.v2.sqlalchemy import replace
from cloudkitty.storage.v2.sqlalchemy import replace_many
from cloudkitty.storage.v2.sqlalchemy import retrieve
from cloudkitty.storage.v2.sqlalchemy import sessions
from cloudkitty.storage.v2.sqlalchemy import totals

_DIALECTS = ("mysql", "postgresql", "sqlite")


class SQLAlchemyStorage(base.Storage):
    """Rated points in the service's database or in a separate one.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for an invalid
        ``[storage_sqlalchemy] connection``.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, database: facade.Database
    ) -> None:
        super().__init__(conf, database)
        self._scope_key: str = conf.collect.scope_key
        self._own = _own_database(conf, database)
        #: The database that holds the points.
        self.points_database: facade.Database = self._own or database
        self._sessions = sessions.Sessions(
            self.points_database, joins=self._own is None
        )

    @property
    def joins_database(self) -> bool:
        return self._own is None

    def init(self) -> None:
        if self._own is None:
            # cloudkitty-dbsync creates the tables with all others.
            return
        with errors.translated("creating the tables"):
            migration.upgrade(self._own, tree=migration.POINTS)

    def check(self) -> None:
        with errors.translated("checking the tables"):
            if self._own is not None:
                schema.check(self._own, migration.POINTS)
                return
            lacking = schema.missing(
                self.points_database, points.PointsBase.metadata
            )
        if lacking:
            service = migration.SERVICE
            raise schema.WrongSchema(
                f"{service.option}: the database lacks {', '.join(lacking)}: "
                f"run {service.command}"
            )

    def check_init(self) -> None:
        with errors.translated("checking the tables"):
            if self._own is not None:
                schema.check_upgradable(self._own, migration.POINTS)
                return
            current = migration.version(self.database) == migration.head()
        if current:
            # The service's migrations have created the tables.
            self.check()

    def close(self) -> None:
        if self._own is not None:
            self._own.dispose()

    def replace(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        frames: collections.abc.Iterable[dataframe.DataFrame],
        *,
        metrics: collections.abc.Collection[str] | None = None,
        transaction: orm.Session | None = None,
        fence: base.Fence | None = None,
    ) -> None:
        # Without the fence: the points change in one transaction.
        self._sessions.check(transaction)
        [new] = replace_many.check(
            [base.Replacement(scope, window, frames, metrics)]
        )
        self._sessions.write(
            lambda session: replace.replace(session, new), transaction
        )

    def replace_many(
        self,
        replacements: collections.abc.Iterable[base.Replacement],
        *,
        transaction: orm.Session | None = None,
        fence: collections.abc.Callable[[scopes.Scope], base.Fence]
        | None = None,
    ) -> None:
        # Without the fences, as ``replace``.
        self._sessions.check(transaction)
        pieces = replace_many.check(replacements)
        self._sessions.write(
            lambda session: replace_many.replace_many(session, pieces),
            transaction,
        )

    def add(self, frames: base.NewFrames) -> None:
        batches = add.make_batches(frames)
        self._sessions.write(lambda session: add.insert(session, batches))

    def delete(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        *,
        metrics: collections.abc.Collection[str] | None = None,
    ) -> None:
        storage_checks.require_scope(scope)
        replace.check_scope(scope)
        self._sessions.write(
            lambda session: replace.delete(session, scope, window, metrics)
        )

    def purge(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        expected: months.Sums | None,
        *,
        transaction: orm.Session | None = None,
    ) -> months.Sums | None:
        """Delete the points of a window, if they have the expected sums.

        The scope is locked, so that no writer changes them in between.

        :param expected: None deletes whatever is there.
        :param transaction: as for ``replace``.
        :returns: the sums of the deleted points by metric; None if nothing
            was deleted, because the sums are others.
        :raises cloudkitty.storage.base.StorageError: nothing has changed.
        """
        found: list[months.Sums | None] = []
        self._sessions.write(
            lambda session: found.append(
                purge.delete(session, scope, window, expected)
            ),
            transaction,
        )
        return found[-1]

    def retrieve(self, query: base.Query) -> base.Frames:
        with self._sessions.reader() as session:
            return retrieve.retrieve(session, query, self._scope_key)

    def total(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str] = (),
        *,
        transaction: orm.Session | None = None,
    ) -> base.Totals:
        with self._sessions.reader(transaction) as session:
            return totals.total(session, query, groupby, self._scope_key)

    def daily(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str],
        *,
        transaction: orm.Session | None = None,
    ) -> list[base.TotalRow]:
        query = dataclasses.replace(query, offset=0, limit=None)
        with self._sessions.reader(transaction) as session:
            found = totals.total(
                session, query, groupby, self._scope_key, by_day=True
            )
        return list(found.rows)

    def count(self, query: base.Query) -> list[base.Count]:
        with self._sessions.reader() as session:
            return counts.count(session, query, self._scope_key)

    def scope_ids(self) -> list[str]:
        with self._sessions.reader() as session:
            return retrieve.scope_ids(session, self._scope_key)

    def empty(self) -> bool:
        with self._sessions.reader() as session:
            return retrieve.empty(session)


def _own_database(
    conf: cfg.ConfigOpts, service: facade.Database
) -> facade.Database | None:
    """Return the database of ``[storage_sqlalchemy]``, or None.

    :param service: the service's own, with the same time limits.
    """
    option = migration.POINTS.option
    connection = conf.storage_sqlalchemy.connection
    # The service's own URL means the service's own database.
    if not connection or connection == conf.database.connection:
        return None
    try:
        database = facade.Database(
            conf,
            connection,
            long_statements=service.long_statements,
            wait_at_first=service.wait_at_first,
        )
    except exc.ArgumentError:
        # The URL may hold a password, so it is not repeated.
        raise exceptions.InvalidConfiguration(
            f"{option} is not a SQLAlchemy URL"
        ) from None
    if database.dialect not in _DIALECTS:
        raise exceptions.InvalidConfiguration(
            f"{option}: {database.dialect} is not one of "
            f"{', '.join(_DIALECTS)}"
        )
    return database
