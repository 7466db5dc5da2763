# SPDX-License-Identifier: Apache-2.0
"""Copy all points of one storage into another.

The import may be killed at any time and continues where it was. At its end
the sums of each metric in each month of each scope are compared.
"""

import collections.abc
import datetime
import typing

from cloudkitty.common import periods
from cloudkitty.db import rated_imports
from cloudkitty.storage.importing import errors
from cloudkitty.storage.importing import months
from cloudkitty.storage.importing import pieces
from cloudkitty.storage.importing import sources
from cloudkitty.storage.importing import target as ck_target


class Progress(typing.Protocol):
    """Receives the number of copied points."""

    def start(self, points: int) -> None: ...

    def add(self, points: int) -> None: ...

    def skip(self, points: int) -> None: ...


class Importer:
    """Copies the points of ``source`` to ``target``.

    With ``overwrite``, the target replaces other points in each month from
    the first to the last period of the source.

    :param scope_key: attribute that identifies scopes.
    """

    def __init__(
        self,
        source: sources.Source,
        target: ck_target.Target,
        scope_key: str,
        progress: Progress,
    ) -> None:
        self._source = source
        self._target = target
        self._scope_key = scope_key
        self._progress = progress
        #: Digests of the source's sums, by scope and month: ``plan`` reads
        #: those of finished months, and ``run`` need not read them again.
        self._digests: dict[tuple[str, datetime.datetime], str] = {}

    def plan(self) -> list[months.Month]:
        """Return all months to copy or to skip, checked.

        :raises cloudkitty.storage.importing.errors.ImportRefused: before
            anything is written.
        """
        storage = self._source.storage
        found = [
            month
            for scope_id in storage.scope_ids()
            for month in months.of_scope(storage, self._scope_key, scope_id)
        ]
        self._target.check(found)
        if not self._target.overwrite and not self._target.storage.empty():
            conflicts = [month for month in found if self._conflicts(month)]
            if conflicts:
                raise errors.other_points(conflicts)
        return found

    def run(self, plan: collections.abc.Sequence[months.Month]) -> int:
        """Copy the months of ``plan``; return the number of their points.

        :raises cloudkitty.storage.importing.errors.ImportDiffers: if sums
            differ.
        :raises cloudkitty.storage.importing.errors.ImportRefused: if another
            writer may write, or has written, the same periods.
        :raises cloudkitty.storage.base.StorageError: if a storage fails.
        """
        total = sum(month.points for month in plan)
        self._progress.start(total)
        for month in plan:
            self._copy(month)
        return total

    def _copy(self, month: months.Month) -> None:
        row = self._target.progress(month)
        if (
            row is not None
            and row.finished
            and row.digest == self._digest(month)
        ):
            self._progress.skip(month.points)
            return
        sums = self._read(month, month.window)
        digest = months.digest(sums)
        position = self._begin(month, row, digest)
        left = self._left(month, position)
        copied = month.points - sum(piece.points for piece in left)
        self._progress.skip(max(0, copied))
        for piece in left:
            position = self._store(month, position, piece, digest)
            self._progress.add(piece.points)
        self._compare(month, sums)
        self._target.record(month, month.after_last, digest, finished=True)

    def _begin(
        self,
        month: months.Month,
        row: rated_imports.RatedImport | None,
        digest: str,
    ) -> datetime.datetime:
        """Record the beginning of a copy; return the first period to copy."""
        position = month.first
        if row is not None and row.position > month.first:
            copied = periods.Window(month.first, row.position)
            if row.digest != digest and (
                self._read(month, copied) != self._target.sums(month, copied)
            ):
                # The source has changed since.
                self._target.withdraw(month, row, digest)
                return position
            position = row.position
        self._target.record(month, position, digest)
        return position

    def _left(
        self, month: months.Month, position: datetime.datetime
    ) -> list[pieces.Piece]:
        """Return the pieces of the month from ``position`` on."""
        if position >= month.after_last:
            return []
        try:
            return pieces.split(
                self._source.storage,
                self._filters(month),
                periods.Window(position, month.after_last),
            )
        except errors.ImportRefused as error:
            raise errors.ImportRefused(f"{month}: {error}") from None

    def _store(
        self,
        month: months.Month,
        begin: datetime.datetime,
        piece: pieces.Piece,
        digest: str,
    ) -> datetime.datetime:
        """Replace all from ``begin`` to the last period of the piece.

        Periods between the pieces become empty, as they are in the source.

        :returns: where the next piece begins.
        """
        position = piece.after_last
        frames = pieces.read(self._source.storage, self._filters(month), piece)
        end = max((frame.end for frame in frames), default=position)
        self._target.write(
            month, periods.Window(begin, end), frames, position, digest
        )
        return position

    def _compare(self, month: months.Month, sums: months.Sums) -> None:
        stored = self._target.sums(month, month.window)
        texts = list(months.differences(sums, stored))
        if texts:
            # So that a repeated import looks at all periods again.
            self._target.record(month, month.first, months.digest(sums))
            raise errors.ImportDiffers(
                f"{month}: the sums differ: {'; '.join(texts)}: stop all "
                "processors and repeat the import"
            )

    def _conflicts(self, month: months.Month) -> bool:
        """Return whether the target has points that are not of the import."""
        row = self._target.progress(month)
        begin = month.first
        if row is not None:
            if not row.finished:
                return False
            if self._digest(month) == row.digest:
                return False
            # The source has changed since.
            copied = periods.Window(month.first, row.position)
            stored = self._target.sums(month, copied)
            if months.digest(stored) != row.digest:
                return True
            begin = row.position
        if begin >= month.end:
            return False
        window = periods.Window(begin, month.end)
        return bool(self._target.sums(month, window))

    def _digest(self, month: months.Month) -> str:
        key = month.scope_id, month.begin
        found = self._digests.get(key)
        if found is None:
            sums = self._read(month, month.window)
            found = self._digests[key] = months.digest(sums)
        return found

    def _read(
        self, month: months.Month, window: periods.Window
    ) -> months.Sums:
        """Return the sums of the source."""
        return self._source.sums(self._scope_key, month.scope_id, window)

    def _filters(self, month: months.Month) -> pieces.Filters:
        return {self._scope_key: [month.scope_id]}
