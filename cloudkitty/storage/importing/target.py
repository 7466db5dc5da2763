# SPDX-License-Identifier: Apache-2.0
"""The storage that an import writes, and the progress of the import.

Each write is one transaction of the service's database. It locks the scope,
compares the points that are there, writes and moves the position. The points
are in the transaction if the storage joins the database. Otherwise they are
written before its end, and a repeated piece replaces itself.
"""

import collections.abc
import datetime

from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db import rated_imports
from cloudkitty.storage import base
from cloudkitty.storage.importing import errors
from cloudkitty.storage.importing import exclusion
from cloudkitty.storage.importing import months

MakeScope = collections.abc.Callable[[str], scopes.Scope]


class Target:
    """Writes the points of one source.

    :param name: of the source, for the table of the progress.
    :param make_scope: makes the scope of an identifier.
    :param overwrite: replace other points.
    """

    def __init__(
        self,
        name: str,
        storage: base.Storage,
        database: facade.Database,
        make_scope: MakeScope,
        *,
        overwrite: bool,
    ) -> None:
        self.storage = storage
        self.overwrite = overwrite
        self._name = name
        self._database = database
        self._make_scope = make_scope
        self._exclusion = exclusion.Exclusion(
            database, storage.conf.collect.period
        )

    def check(self, plan: collections.abc.Sequence[months.Month]) -> None:
        """Refuse if unfinished tasks share a period with the plan.

        :raises cloudkitty.storage.importing.errors.ImportRefused: names them.
        """
        self._exclusion.check(plan)

    def progress(
        self, month: months.Month
    ) -> rated_imports.RatedImport | None:
        """Return the progress of a month; None if it was never begun."""
        with self._database.reader() as session:
            return rated_imports.find(
                session, self._name, month.scope_id, month.begin
            )

    def sums(
        self,
        month: months.Month,
        window: periods.Window,
        session: orm.Session | None = None,
    ) -> months.Sums:
        """Return the sums of each metric in a window of the month's scope.

        :param session: read in this transaction, if the storage joins it.
        """
        return months.sums(
            self.storage,
            self._make_scope(month.scope_id).scope_key,
            month.scope_id,
            window,
            session if self.storage.joins_database else None,
        )

    def record(
        self,
        month: months.Month,
        position: datetime.datetime,
        digest: str,
        *,
        finished: bool = False,
    ) -> None:
        """Store the progress of a month."""
        self._database.write(
            lambda session: self._move(
                session, month, position, digest, finished=finished
            )
        )

    def write(
        self,
        month: months.Month,
        window: periods.Window,
        frames: collections.abc.Sequence[dataframe.DataFrame],
        position: datetime.datetime,
        digest: str,
    ) -> None:
        """Replace the points of a window, and store the progress.

        :param position: where the import continues.
        :raises cloudkitty.storage.importing.errors.ImportRefused: if other
            points are there, or another writer may write at the same time.
        """
        sums = months.of_frames(frames)

        def work(session: orm.Session) -> None:
            if not self.overwrite:
                stored = self.sums(month, window, session)
                # The same ones: the import was killed before it moved.
                if stored and stored != sums:
                    raise errors.other_points([month])
            self._replace(session, month, window, frames)
            self._move(session, month, position, digest)

        self._locked(month, window, work)

    def withdraw(
        self,
        month: months.Month,
        row: rated_imports.RatedImport,
        digest: str,
    ) -> None:
        """Delete an earlier copy of points that the source has changed.

        :param row: progress of that copy.
        :raises cloudkitty.storage.importing.errors.ImportRefused: as
            ``write`` does.
        """
        window = periods.Window(month.first, row.position)

        def work(session: orm.Session) -> None:
            stored = self.sums(month, window, session)
            copy = row.finished and months.digest(stored) == row.digest
            if stored and not copy and not self.overwrite:
                raise errors.other_points([month])
            self._replace(session, month, window, [])
            self._move(session, month, month.first, digest)

        self._locked(month, window, work)

    def _locked(
        self,
        month: months.Month,
        window: periods.Window,
        work: collections.abc.Callable[[orm.Session], None],
    ) -> None:
        state_ids = self._exclusion.state_ids(month.scope_id)

        def hold_and_work(session: orm.Session) -> None:
            self._exclusion.hold(
                session,
                state_ids,
                month.scope_id,
                window,
                joined=self.storage.joins_database,
            )
            work(session)

        self._database.write(hold_and_work)

    def _replace(
        self,
        session: orm.Session,
        month: months.Month,
        window: periods.Window,
        frames: collections.abc.Sequence[dataframe.DataFrame],
    ) -> None:
        self.storage.replace(
            self._make_scope(month.scope_id),
            window,
            frames,
            transaction=session if self.storage.joins_database else None,
        )

    def _move(
        self,
        session: orm.Session,
        month: months.Month,
        position: datetime.datetime,
        digest: str,
        *,
        finished: bool = False,
    ) -> None:
        rated_imports.write(
            session,
            rated_imports.RatedImport(
                source=self._name,
                scope_id=month.scope_id,
                month=month.begin,
                position=position,
                digest=digest,
                finished=finished,
            ),
        )
