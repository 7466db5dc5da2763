# SPDX-License-Identifier: Apache-2.0
"""Delete old rated points, each piece in one checked transaction.

A transaction locks the scope as all writers do, looks for unfinished tasks of
the periods, compares the points with an export of them, and deletes them.
"""

import collections.abc
import dataclasses
import datetime
import decimal

from oslo_config import cfg
from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db import rated_imports
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import overlap
from cloudkitty.storage import base
from cloudkitty.storage.exporting import exported as ck_exported
from cloudkitty.storage.importing import months
from cloudkitty.storage.importing import sources
from cloudkitty.storage.purging import windows
from cloudkitty.storage.v2 import sqlalchemy as v2

LOG = log.getLogger(__name__)


@dataclasses.dataclass(slots=True)
class Purged:
    """What happened to the old points of one scope, in numbers of points.

    :param deleted: deleted points.
    :param price: sum of their prices.
    :param of_tasks: kept, because of an unfinished task.
    :param not_exported: kept, because no export has their month.
    :param different: kept, because their sums are not those of the export.
    :param begin: beginning of the first deleted period; None without one.
    :param end: end of the last one.
    :param months: first instants of the months with points that were kept.
    """

    scope_id: str
    deleted: int = 0
    price: decimal.Decimal = decimal.Decimal(0)
    of_tasks: int = 0
    not_exported: int = 0
    different: int = 0
    begin: datetime.datetime | None = None
    end: datetime.datetime | None = None
    months: set[datetime.datetime] = dataclasses.field(default_factory=set)

    @property
    def kept(self) -> int:
        """Return the number of old points that were kept."""
        return self.of_tasks + self.not_exported + self.different


def open_storage(
    conf: cfg.ConfigOpts, database: facade.Database
) -> v2.SQLAlchemyStorage:
    """Return the configured storage.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if it is
        another one: servers have a retention of their own.
    """
    configured = conf.storage.version, conf.storage.backend
    if configured != (2, "sqlalchemy"):
        raise exceptions.InvalidConfiguration(
            "rated points are purged only with [storage] version = 2, "
            "backend = sqlalchemy; use the retention of the storage's server"
        )
    storage = v2.SQLAlchemyStorage(conf, database)
    storage.check()
    return storage


class PointsPurge:
    """Deletes the points of whole periods before an instant.

    :param before: periods that end later are kept.
    :param exported: exports of all points that may be deleted; None deletes
        points without an export.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        database: facade.Database,
        storage: v2.SQLAlchemyStorage,
        before: datetime.datetime,
        exported: ck_exported.ExportedStorage | None,
    ) -> None:
        self._conf = conf
        self._database = database
        self._storage = storage
        self._before = before
        self._exported = exported
        self._scope_key: str = conf.collect.scope_key
        self._months = (
            None
            if exported is None
            else {window.begin for window in exported.windows}
        )

    def scope_ids(self) -> list[str]:
        """Return the scopes with points."""
        return self._storage.scope_ids()

    def count(self, scope_id: str) -> int:
        """Return the number of points of a scope that may be deleted."""
        return sum(piece.points for piece in self._pieces(scope_id))

    def purge(
        self,
        scope_id: str,
        stop: collections.abc.Callable[[], bool] = lambda: False,
    ) -> Purged:
        """Delete the old points of a scope, oldest first, and log it.

        :param stop: called before each piece; ends the work if it is true.
        :raises cloudkitty.storage.base.StorageError: if the storage fails.
        :raises oslo_db.exception.DBError: if the database is unavailable.
        :raises cloudkitty.storage.exporting.errors.ExportInvalid: if a file
            of the export cannot be read.
        """
        purged = Purged(scope_id)
        try:
            for piece in self._pieces(scope_id):
                if stop():
                    break
                self._purge(purged, piece)
        finally:
            if purged.deleted:
                _log(purged)
        return purged

    def _pieces(self, scope_id: str) -> list[windows.Piece]:
        query = base.Query(
            window=periods.Window(base.EVER.begin, self._before),
            filters={self._scope_key: [scope_id]},
        )
        return windows.split(self._storage.periods(query), self._before)

    def _purge(self, purged: Purged, piece: windows.Piece) -> None:
        if self._months is not None and piece.month not in self._months:
            purged.not_exported += piece.points
            purged.months.add(piece.month)
            return
        expected = self._expected(purged.scope_id, piece)
        with self._database.reader() as session:
            state_ids = scope_queries.find_ids(session, [purged.scope_id])

        def work(session: orm.Session) -> months.Sums | str:
            # The first statement: the others read after all earlier commits.
            scope_updates.touch(session, state_ids)
            return self._delete(session, purged.scope_id, piece, expected)

        found = self._database.write(work)
        if isinstance(found, str):
            setattr(purged, found, getattr(purged, found) + piece.points)
            purged.months.add(piece.month)
            return
        purged.begin = purged.begin or piece.begin
        purged.end = piece.end
        for points, _, price in found.values():
            purged.deleted += points
            purged.price = money.EXACT.add(purged.price, price)

    def _expected(
        self, scope_id: str, piece: windows.Piece
    ) -> months.Sums | None:
        if self._exported is None:
            return None
        return self._exported.sums(self._scope_key, scope_id, piece.beginnings)

    def _delete(
        self,
        session: orm.Session,
        scope_id: str,
        piece: windows.Piece,
        expected: months.Sums | None,
    ) -> months.Sums | str:
        """Return the sums of the deleted points, or why they are kept."""
        if overlap.taken(
            session, self._conf.collect.period, piece.window, {scope_id}
        ):
            return "of_tasks"
        deleted = self._storage.purge(
            sources.make_scope(self._conf, scope_id),
            piece.beginnings,
            expected,
            transaction=session if self._storage.joins_database else None,
        )
        if deleted is None:
            return "different"
        # So that an import of the export looks at the points again.
        rated_imports.forget(session, sources.EXPORT, scope_id, piece.month)
        return deleted


def _log(purged: Purged) -> None:
    LOG.info(
        *log_fields.event(
            "points purged",
            scope_id=purged.scope_id,
            begin=purged.begin,
            end=purged.end,
            points=purged.deleted,
            price=money.text(purged.price),
        ),
    )
