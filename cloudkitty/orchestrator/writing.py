# SPDX-License-Identifier: Apache-2.0
"""Store rated periods together with the cursor that says so."""

import collections.abc
import dataclasses
import typing

from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.orchestrator import keeping
from cloudkitty.storage import base as storage_base


class Cursor(typing.Protocol):
    """How far the work is, and the right to do it."""

    def check(self, session: orm.Session) -> None:
        """Raise ``tasks.claims.LostClaim`` if the right is lost."""

    def move(self, session: orm.Session) -> None:
        """Write how far the work is after this chunk.

        :raises cloudkitty.tasks.claims.LostClaim: if the right is lost.
        """

    def conclude(self, session: orm.Session) -> None:
        """Write what there is to write once the data are there."""


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """A window and the complete set of points of some metrics in it.

    :param metrics: those whose stored points are replaced.
    """

    window: periods.Window
    frames: list[dataframe.DataFrame]
    metrics: frozenset[str]


@dataclasses.dataclass(slots=True)
class _Run:
    """Consecutive periods that one statement can replace."""

    frames: list[dataframe.DataFrame]
    replaced: frozenset[str]
    kept: frozenset[str]

    def take(self, period: keeping.Decided) -> bool:
        """Add a period; return False if it needs a run of its own."""
        replaced = self.replaced | period.replaced
        kept = self.kept | period.kept
        frame = period.rated.frame
        if replaced & kept or frame.start != self.frames[-1].end:
            return False
        self.frames.append(frame)
        self.replaced, self.kept = replaced, kept
        return True


def pieces(
    decided: collections.abc.Iterable[keeping.Decided],
) -> list[Piece]:
    """Return what to replace, in runs of consecutive periods.

    A run is as long as no metric is replaced in one of its periods and kept
    in another. Mostly that is all of a chunk.

    :param decided: consecutive periods, oldest first.
    """
    runs: list[_Run] = []
    for period in decided:
        if not period.replaced:
            continue
        if not (runs and runs[-1].take(period)):
            frame = period.rated.frame
            runs.append(_Run([frame], period.replaced, period.kept))
    return [
        Piece(
            periods.Window(run.frames[0].start, run.frames[-1].end),
            run.frames,
            run.replaced,
        )
        for run in runs
    ]


def move_only(database: facade.Database, cursor: Cursor) -> None:
    """Move the cursor in a transaction that writes no points.

    :raises cloudkitty.tasks.claims.LostClaim: nothing was written.
    """

    def work(session: orm.Session) -> None:
        cursor.move(session)
        cursor.conclude(session)

    database.write(work)


class Writer:
    """Writes chunks.

    :param database: the service's database, where the cursors are.
    :param storage: where the points go.
    """

    def __init__(
        self, database: facade.Database, storage: storage_base.Storage
    ) -> None:
        self._database = database
        self._storage = storage

    def store(
        self,
        scope: scopes.Scope,
        chunk: collections.abc.Sequence[Piece],
        cursor: Cursor,
    ) -> None:
        """Replace the pieces and move the cursor: one transaction.

        Where the storage cannot join the transaction the data come first:
        after a crash in between, the chunk is simply done again.

        :raises cloudkitty.tasks.claims.LostClaim: nothing was written.
        :raises cloudkitty.storage.base.StorageError: the cursor stands.
        """
        if self._storage.joins_database:

            def work(session: orm.Session) -> None:
                # First of all, so that a lost claim costs no writing, and
                # the row is locked while the points are replaced.
                cursor.move(session)
                self._replace(scope, chunk, session)
                cursor.conclude(session)

            self._database.write(work)
            return
        self._database.write(cursor.check)
        self._replace(scope, chunk, None)
        move_only(self._database, cursor)

    def _replace(
        self,
        scope: scopes.Scope,
        chunk: collections.abc.Sequence[Piece],
        session: orm.Session | None,
    ) -> None:
        for piece in chunk:
            self._storage.replace(
                scope,
                piece.window,
                piece.frames,
                metrics=piece.metrics,
                transaction=session,
            )
