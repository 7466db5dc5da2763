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
from cloudkitty.orchestrator import engine
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
    """A window and the whole truth about it."""

    window: periods.Window
    frames: list[dataframe.DataFrame]


def pieces(
    rated: collections.abc.Iterable[engine.RatedPeriod],
    *,
    write_empty: bool,
) -> list[Piece]:
    """Return what to replace, in runs of consecutive periods.

    A period for which the collector gave nothing is left out: its samples
    may have expired, and what is stored of it could not be made again.

    :param rated: consecutive periods, oldest first.
    :param write_empty: replace those periods too, by nothing.
    """
    runs: list[list[dataframe.DataFrame]] = []
    for period in rated:
        if not (period.collected or write_empty):
            continue
        frame = period.frame
        if runs and runs[-1][-1].end == frame.start:
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return [
        Piece(periods.Window(run[0].start, run[-1].end), run) for run in runs
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
        *,
        metrics: collections.abc.Collection[str] | None = None,
    ) -> None:
        """Replace the pieces and move the cursor: one transaction.

        Where the storage cannot join the transaction the data come first:
        after a crash in between, the chunk is simply done again.

        :param metrics: replace only these metrics; None for all.
        :raises cloudkitty.tasks.claims.LostClaim: nothing was written.
        :raises cloudkitty.storage.base.StorageError: the cursor stands.
        """
        if self._storage.joins_database:

            def work(session: orm.Session) -> None:
                # First of all, so that a lost claim costs no writing, and
                # the row is locked while the points are replaced.
                cursor.move(session)
                self._replace(scope, chunk, metrics, session)
                cursor.conclude(session)

            self._database.write(work)
            return
        self._database.write(cursor.check)
        self._replace(scope, chunk, metrics, None)
        move_only(self._database, cursor)

    def _replace(
        self,
        scope: scopes.Scope,
        chunk: collections.abc.Sequence[Piece],
        metrics: collections.abc.Collection[str] | None,
        session: orm.Session | None,
    ) -> None:
        for piece in chunk:
            self._storage.replace(
                scope,
                piece.window,
                piece.frames,
                metrics=metrics,
                transaction=session,
            )
