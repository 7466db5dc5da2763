# SPDX-License-Identifier: Apache-2.0
"""Copy all points of one storage into another.

The import may be killed at any time. The progress of each month of each scope
is in the service's database. It moves in the transaction that writes the
points if the target joins that database; otherwise it moves after them, and a
repeated chunk replaces itself.
"""

import collections.abc
import dataclasses
import datetime
import typing

from sqlalchemy import orm

from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db import rated_imports
from cloudkitty.storage import base
from cloudkitty.storage.importing import months

#: Points that are written at once, unless one period has more.
CHUNK = 10_000
#: Periods begin at whole seconds.
_SECOND = datetime.timedelta(seconds=1)
#: Conflicts that a message lists.
_SHOWN = 5


class ImportRefused(exceptions.CloudKittyError):
    """The import would change points that it did not write."""


class ImportDiffers(exceptions.CloudKittyError):
    """The sums of the copied points are not those of the source."""


class Progress(typing.Protocol):
    """Where the number of copied points goes."""

    def start(self, points: int) -> None: ...

    def add(self, points: int) -> None: ...

    def skip(self, points: int) -> None: ...


@dataclasses.dataclass(slots=True)
class _Piece:
    """Consecutive periods that are copied at once.

    :param begin: beginning of the first one.
    :param last: beginning of the last one.
    """

    begin: datetime.datetime
    last: datetime.datetime
    points: int


class Importer:
    """Copies the points of ``source`` to ``target``.

    :param name: of the source, for the table of the progress.
    :param make_scope: makes the scope of an identifier.
    :param overwrite: replace points of the target, in each month from the
        first to the last period of the source.
    """

    def __init__(
        self,
        name: str,
        source: base.Storage,
        target: base.Storage,
        database: facade.Database,
        make_scope: collections.abc.Callable[[str], scopes.Scope],
        progress: Progress,
        *,
        overwrite: bool = False,
    ) -> None:
        self._name = name
        self._source = source
        self._target = target
        self._database = database
        self._make_scope = make_scope
        self._progress = progress
        self._overwrite = overwrite

    def plan(self) -> list[months.Month]:
        """Return all months to copy or to skip, checked.

        :raises ImportRefused: before anything is written.
        """
        found = [
            month
            for scope_id in self._source.scope_ids()
            for month in months.of_scope(
                self._source, self._scope_key(scope_id), scope_id
            )
        ]
        if not self._overwrite and not self._target.empty():
            self._refuse_conflicts(found)
        return found

    def run(self, plan: collections.abc.Sequence[months.Month]) -> int:
        """Copy the months of ``plan``; return the number of their points.

        :raises ImportDiffers: if sums differ.
        :raises cloudkitty.storage.base.StorageError: if a storage fails.
        """
        total = sum(month.points for month in plan)
        self._progress.start(total)
        for month in plan:
            self._copy(month)
        return total

    def _copy(self, month: months.Month) -> None:
        sums = self._sums(self._source, month, month.window)
        digest = months.digest(sums)
        row = self._row(month)
        if row is not None and row.finished and row.digest == digest:
            self._progress.skip(month.points)
            return
        position = month.first
        if row is not None and not row.finished and row.digest == digest:
            position = max(position, row.position)
        pieces = self._pieces(month, position)
        left = sum(piece.points for piece in pieces)
        self._progress.skip(max(0, month.points - left))
        self._database.write(
            lambda session: self._move(session, month, position, digest)
        )
        for piece in pieces:
            self._store(month, position, piece, digest)
            position = piece.last + _SECOND
            self._progress.add(piece.points)
        self._compare(month, sums)
        self._database.write(
            lambda session: self._move(
                session, month, month.after_last, digest, finished=True
            )
        )

    def _pieces(
        self, month: months.Month, position: datetime.datetime
    ) -> list[_Piece]:
        """Return the pieces of the month from ``position`` on.

        :raises ImportRefused: for points of two lengths in one period.
        """
        pieces: list[_Piece] = []
        if position >= month.after_last:
            return pieces
        query = base.Query(
            window=periods.Window(position, month.after_last),
            filters=self._filters(month.scope_id),
        )
        for row in self._source.periods(query):
            if pieces and pieces[-1].last == row.begin:
                raise ImportRefused(
                    f"{month}: points of two lengths begin at {row.begin}: "
                    "delete those of one length"
                )
            if not pieces or pieces[-1].points + row.points > CHUNK:
                pieces.append(_Piece(row.begin, row.begin, 0))
            pieces[-1].last = row.begin
            pieces[-1].points += row.points
        return pieces

    def _store(
        self,
        month: months.Month,
        begin: datetime.datetime,
        piece: _Piece,
        digest: str,
    ) -> None:
        """Replace all from ``begin`` to the last period of the piece.

        Periods between the pieces become empty, as they are in the source.
        """
        position = piece.last + _SECOND
        frames = self._source.retrieve(
            base.Query(
                window=periods.Window(piece.begin, position),
                filters=self._filters(month.scope_id),
            )
        ).frames
        scope = self._make_scope(month.scope_id)
        end = max((frame.end for frame in frames), default=position)
        window = periods.Window(begin, end)

        def move(session: orm.Session) -> None:
            self._move(session, month, position, digest)

        if not self._target.joins_database:
            self._target.replace(scope, window, frames)
            self._database.write(move)
            return

        def work(session: orm.Session) -> None:
            self._target.replace(scope, window, frames, transaction=session)
            move(session)

        self._database.write(work)

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

    def _compare(self, month: months.Month, sums: months.Sums) -> None:
        stored = self._sums(self._target, month, month.window)
        texts = list(months.differences(sums, stored))
        if texts:
            raise ImportDiffers(
                f"{month}: the sums differ: {'; '.join(texts)}: stop all "
                "processors and repeat the import"
            )

    def _refuse_conflicts(
        self, plan: collections.abc.Iterable[months.Month]
    ) -> None:
        found = [str(month) for month in plan if self._conflicts(month)]
        if found:
            more = len(found) - _SHOWN
            raise ImportRefused(
                f"{'; '.join(found[:_SHOWN])}"
                f"{f' and {more} more' if more > 0 else ''}: the storage has "
                "other points between the first and the last imported "
                "period: nothing was written. Reset these scopes with PUT "
                "/v2/scope to before the month, or pass --overwrite to "
                "replace the points"
            )

    def _conflicts(self, month: months.Month) -> bool:
        """Return whether the target has points that are not of the import."""
        row = self._row(month)
        begin = month.first
        if row is not None:
            if not row.finished:
                return False
            now = months.digest(self._sums(self._source, month, month.window))
            if now == row.digest:
                return False
            # The source has changed since.
            copied = periods.Window(month.first, row.position)
            if (
                months.digest(self._sums(self._target, month, copied))
                != row.digest
            ):
                return True
            begin = row.position
        if begin >= month.end:
            return False
        window = periods.Window(begin, month.end)
        return bool(self._sums(self._target, month, window))

    def _row(self, month: months.Month) -> rated_imports.RatedImport | None:
        with self._database.reader() as session:
            return rated_imports.find(
                session, self._name, month.scope_id, month.begin
            )

    def _sums(
        self,
        storage: base.Storage,
        month: months.Month,
        window: periods.Window,
    ) -> months.Sums:
        scope_key = self._scope_key(month.scope_id)
        return months.sums(storage, scope_key, month.scope_id, window)

    def _filters(self, scope_id: str) -> dict[str, list[str]]:
        return {self._scope_key(scope_id): [scope_id]}

    def _scope_key(self, scope_id: str) -> str:
        return self._make_scope(scope_id).scope_key
