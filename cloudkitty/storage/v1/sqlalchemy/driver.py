# SPDX-License-Identifier: Apache-2.0
"""The storage that keeps rated points in upstream's ``rated_data_frames``."""

import collections.abc

from oslo_config import cfg
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import schema
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v1.sqlalchemy import reading
from cloudkitty.storage.v1.sqlalchemy import rows
from cloudkitty.storage.v1.sqlalchemy import totals
from cloudkitty.storage.v1.sqlalchemy import writing
from cloudkitty.storage.v2.sqlalchemy import errors
from cloudkitty.storage.v2.sqlalchemy import sessions

_TREE = migration.RATED_DATA_FRAMES


class SQLAlchemyStorage(base.Storage):
    """Rated points in upstream's table, in the service's database.

    The format keeps less than the contract asks for: the digits of a FLOAT,
    five decimals of a quantity, no description, and no difference between
    grouping attributes and metadata.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, database: facade.Database
    ) -> None:
        super().__init__(conf, database)
        self._scope_key: str = conf.collect.scope_key
        self._sessions = sessions.Sessions(database, joins=True)

    @property
    def joins_database(self) -> bool:
        return True

    def init(self) -> None:
        with errors.translated("creating the table"):
            self.check_init()
            migration.upgrade(self.database, tree=_TREE)

    def check(self) -> None:
        with errors.translated("checking the table"):
            schema.check(self.database, _TREE)

    def check_init(self) -> None:
        with errors.translated("checking the table"):
            schema.check_upgradable(self.database, _TREE)

    def as_stored(self, point: dataframe.DataPoint) -> dataframe.DataPoint:
        single = reading.is_single(self.database.dialect)
        return rows.as_stored(point, single=single)

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
        storage_checks.require_scope(scope)
        frames = list(frames)
        storage_checks.check_frames(frames, window, metrics)
        rows.check_scope(scope, self._scope_key)
        encoded = rows.encode(scope, frames)
        self._sessions.write(
            lambda session: writing.replace(
                session, scope, window, frames, encoded, metrics
            ),
            transaction,
        )

    def add(self, frames: base.NewFrames) -> None:
        for scope in frames:
            storage_checks.require_scope(scope)
            rows.check_scope(scope, self._scope_key)
        batches = {
            scope: rows.encode(scope, of_scope)
            for scope, of_scope in frames.items()
        }
        self._sessions.write(lambda session: writing.add(session, batches))

    def delete(
        self,
        scope: scopes.Scope,
        window: periods.Window,
        *,
        metrics: collections.abc.Collection[str] | None = None,
    ) -> None:
        storage_checks.require_scope(scope)
        rows.check_scope(scope, self._scope_key)
        self._sessions.write(
            lambda session: writing.delete(session, scope, window, metrics)
        )

    def retrieve(self, query: base.Query) -> base.Frames:
        with self._sessions.reader() as session:
            return reading.retrieve(session, query, self._scope_key)

    def total(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str] = (),
        *,
        transaction: orm.Session | None = None,
    ) -> base.Totals:
        with self._sessions.reader(transaction) as session:
            return totals.total(session, query, groupby, self._scope_key)

    def periods(self, query: base.Query) -> list[base.Period]:
        with self._sessions.reader() as session:
            return reading.periods(session, query, self._scope_key)

    def scope_ids(self) -> list[str]:
        with self._sessions.reader() as session:
            return reading.scope_ids(session)

    def empty(self) -> bool:
        with self._sessions.reader() as session:
            return reading.empty(session)
