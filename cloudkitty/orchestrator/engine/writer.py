# SPDX-License-Identifier: Apache-2.0
"""Store rated periods together with their cursor."""

import collections.abc
import dataclasses
import functools
import logging
import typing

from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.orchestrator import measures
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.storage import base as storage_base
from cloudkitty.tasks import errors as task_errors

LOG = logging.getLogger(__name__)


class Cursor(typing.Protocol):
    """Progress of the work, and the right to continue it."""

    def check(self, session: orm.Session) -> None:
        """Raise ``tasks.errors.LostClaim`` if the right is lost."""

    def move(self, session: orm.Session) -> None:
        """Write the progress after this chunk.

        :raises cloudkitty.tasks.errors.LostClaim: if the right is lost.
        """

    def conclude(self, session: orm.Session) -> None:
        """Write the final changes after the points are stored."""


class SetCursor(typing.Protocol):
    """Progress of several scopes; each has its own right to continue."""

    def check(self, session: orm.Session) -> frozenset[str]:
        """Return the ids of the scopes whose right is not lost."""

    def check_scope(self, session: orm.Session, scope: scopes.Scope) -> None:
        """Raise ``tasks.errors.LostClaim`` if the right is lost."""

    def move(
        self, session: orm.Session, among: frozenset[str] | None = None
    ) -> frozenset[str]:
        """Write the progress of the scopes whose right is not lost.

        :param among: only of these scopes, whose points are written; None
            means all.
        :returns: the ids of those scopes.
        :raises cloudkitty.tasks.errors.LostClaim: if it cannot be written
            for a scope; nothing may be written for any scope then.
        """

    def conclude(
        self, session: orm.Session, scope_ids: frozenset[str]
    ) -> None:
        """Write the final changes after the points are stored."""


#: The pieces of each scope.
PiecesOf = collections.abc.Mapping[
    scopes.Scope, collections.abc.Sequence["Piece"]
]


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """A window and the complete set of points of some metrics in it.

    :param metrics: metrics whose stored points are replaced.
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

    def take(self, period: replace_or_keep.Decided) -> bool:
        """Add a period; return False if it needs a separate run."""
        replaced = self.replaced | period.replaced
        kept = self.kept | period.kept
        frame = period.rated.frame
        if replaced & kept or frame.start != self.frames[-1].end:
            return False
        self.frames.append(frame)
        self.replaced, self.kept = replaced, kept
        return True


def pieces(
    decided: collections.abc.Iterable[replace_or_keep.Decided],
) -> list[Piece]:
    """Return the pieces to replace, in runs of consecutive periods.

    A run ends where a metric would be replaced in one of its periods and
    kept in another. In most cases a run is the whole chunk.

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

    :raises cloudkitty.tasks.errors.LostClaim: no data were written.
    """

    def work(session: orm.Session) -> None:
        cursor.move(session)
        cursor.conclude(session)

    database.write(work)


def _replacements(
    chunk: PiecesOf, scope_ids: frozenset[str]
) -> list[storage_base.Replacement]:
    return [
        storage_base.Replacement(
            scope, piece.window, piece.frames, piece.metrics
        )
        for scope, of_one in chunk.items()
        if scope.identifier in scope_ids
        for piece in of_one
    ]


def _log_lost(
    scope: scopes.Scope, chunk: collections.abc.Sequence[Piece]
) -> None:
    for piece in chunk:
        LOG.warning(
            *log_fields.event(
                "claim lost while points were written: the periods may have "
                "points of two ratings, a reprocess repairs them",
                scope_id=scope.identifier,
                begin=piece.window.begin,
                end=piece.window.end,
            ),
        )


class Writer:
    """Writes chunks.

    :param database: the service's database, which contains the cursors.
    :param storage: destination of the points.
    """

    def __init__(
        self, database: facade.Database, storage: storage_base.Storage
    ) -> None:
        self._database = database
        self._storage = storage

    @measures.storage_errors
    def store(
        self,
        scope: scopes.Scope,
        chunk: collections.abc.Sequence[Piece],
        cursor: Cursor,
    ) -> None:
        """Replace the pieces and move the cursor in one transaction.

        If the storage cannot join the transaction, the points are written
        first: after a crash before the cursor moves, the chunk is repeated.
        The claim is checked directly before each write.

        :raises cloudkitty.tasks.errors.LostClaim: the cursor has not moved;
            a storage that cannot join the transaction may have points of the
            chunk, which is logged.
        :raises cloudkitty.storage.base.StorageError: the cursor has not moved.
        """
        if self._storage.joins_database:

            def work(session: orm.Session) -> None:
                # First, so that no points are written for a lost claim and the
                # row is locked while the points are replaced.
                cursor.move(session)
                self._replace(scope, chunk, session)
                cursor.conclude(session)

            self._database.write(work)
            return
        self._database.write(cursor.check)
        try:
            self._replace(scope, chunk, None, self._fence(cursor))
            move_only(self._database, cursor)
        except task_errors.LostClaim:
            _log_lost(scope, chunk)
            raise

    @measures.storage_errors
    def store_many(self, chunk: PiecesOf, cursor: SetCursor) -> frozenset[str]:
        """Replace the pieces of several scopes and move their cursors.

        As ``store``; a scope whose claim is lost is left out.

        :returns: the ids of the scopes that were stored.
        :raises cloudkitty.tasks.errors.LostClaim: no cursor has moved.
        :raises cloudkitty.storage.base.StorageError: no cursor has moved.
        """
        if self._storage.joins_database:

            def work(session: orm.Session) -> frozenset[str]:
                moved = cursor.move(session)
                self._storage.replace_many(
                    _replacements(chunk, moved), transaction=session
                )
                cursor.conclude(session, moved)
                return moved

            return self._database.write(work)
        held = self._database.write(cursor.check)
        self._storage.replace_many(
            _replacements(chunk, held), fence=self._set_fence(cursor, chunk)
        )

        def move(session: orm.Session) -> frozenset[str]:
            # A scope that was switched off at the check may be active now.
            moved = cursor.move(session, among=held)
            cursor.conclude(session, moved)
            return moved

        moved = self._database.write(move)
        for scope, pieces_of_one in chunk.items():
            if scope.identifier in held - moved:
                _log_lost(scope, pieces_of_one)
        return moved

    def _set_fence(
        self, cursor: SetCursor, chunk: PiecesOf
    ) -> collections.abc.Callable[[scopes.Scope], storage_base.Fence]:
        def check(scope: scopes.Scope) -> None:
            try:
                self._database.write(
                    functools.partial(cursor.check_scope, scope=scope)
                )
            except task_errors.LostClaim:
                _log_lost(scope, chunk[scope])
                raise

        return lambda scope: functools.partial(check, scope)

    def _fence(self, cursor: Cursor) -> storage_base.Fence:
        return lambda: self._database.write(cursor.check)

    def _replace(
        self,
        scope: scopes.Scope,
        chunk: collections.abc.Sequence[Piece],
        session: orm.Session | None,
        fence: storage_base.Fence | None = None,
    ) -> None:
        for piece in chunk:
            self._storage.replace(
                scope,
                piece.window,
                piece.frames,
                metrics=piece.metrics,
                transaction=session,
                fence=fence,
            )
