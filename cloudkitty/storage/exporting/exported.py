# SPDX-License-Identifier: Apache-2.0
"""The exports of a directory as a storage that can only be read."""

import collections.abc
import itertools
import pathlib
import typing

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common import periods as ck_periods
from cloudkitty.db import facade
from cloudkitty.storage import base
from cloudkitty.storage.exporting import errors
from cloudkitty.storage.exporting import exporter
from cloudkitty.storage.exporting import manifest
from cloudkitty.storage.exporting import rows
from cloudkitty.storage.importing import months


class _Month(typing.NamedTuple):
    header: manifest.Header
    scopes: dict[str, manifest.Scope]
    file: typing.Any


class ExportedStorage(base.Storage):
    """The months whose manifests are in a directory.

    :raises cloudkitty.storage.exporting.errors.ExportInvalid: if an export is
        not complete.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for another
        ``[collect] scope_key``, or a missing package.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        database: facade.Database,
        directory: pathlib.Path,
    ) -> None:
        super().__init__(conf, database)
        self._scope_key: str = conf.collect.scope_key
        found = manifest.paths(directory)
        if not found:
            raise errors.ExportInvalid(
                f"{directory}: no manifest of an export"
            )
        self._months = [self._open(path) for path in found]

    @property
    def windows(self) -> list[ck_periods.Window]:
        """The exported months."""
        return [
            ck_periods.Window(month, ck_periods.next_month_start(month))
            for month in (one.header.month for one in self._months)
        ]

    def init(self) -> None:
        return None

    def close(self) -> None:
        for month in self._months:
            month.file.close()

    def replace(self, *args: typing.Any, **kwargs: typing.Any) -> None:
        raise base.Unsupported("an export is not changed")

    def add(self, frames: base.NewFrames) -> None:
        raise base.Unsupported("an export is not changed")

    def delete(self, *args: typing.Any, **kwargs: typing.Any) -> None:
        raise base.Unsupported("an export is not changed")

    def retrieve(self, query: base.Query) -> base.Frames:
        frames = rows.frames(self._rows(query))
        return base.Frames(total=sum(map(len, frames)), frames=frames)

    def total(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str] = (),
        *,
        transaction: typing.Any = None,
    ) -> base.Totals:
        raise base.Unsupported("sums of an export are in its manifest")

    def periods(self, query: base.Query) -> list[base.Period]:
        return [
            base.Period(begin, end, sum(1 for _ in group))
            for (begin, end), group in itertools.groupby(
                self._rows(query), key=lambda row: (row.begin, row.end)
            )
        ]

    def scope_ids(self) -> list[str]:
        return sorted(
            {name for month in self._months for name in month.scopes}
        )

    def sums(
        self, scope_key: str, scope_id: str, window: ck_periods.Window
    ) -> months.Sums:
        """Return the sums of a window of a scope, added up from the rows.

        :raises cloudkitty.storage.exporting.errors.ExportInvalid: if those of
            a whole month are not in the manifest.
        """
        query = base.Query(window=window, filters={scope_key: [scope_id]})
        found = months.of_frames(rows.frames(self._rows(query)))
        for month in self._months:
            scope = month.scopes.get(scope_id)
            if scope is None or not _whole(scope, window):
                continue
            if month.header.month == ck_periods.month_start(window.begin) and (
                scope.sums != found
            ):
                raise errors.ExportInvalid(
                    f"{month.header.file}: the sums of scope {scope_id} are "
                    "not those of the manifest"
                )
        return found

    def _open(self, path: pathlib.Path) -> _Month:
        header, scopes = manifest.read(path)
        if header.scope_key != self._scope_key:
            raise exceptions.InvalidConfiguration(
                f"{path}: exported with [collect] scope_key = "
                f"{header.scope_key}"
            )
        form = pathlib.PurePath(header.file).suffix[1:]
        if form not in exporter.FORMATS:
            raise errors.ExportInvalid(f"{path}: unknown format {form}")
        file = exporter.FORMATS[form].Reader(path.parent / header.file)
        return _Month(header, scopes, file)

    def _rows(self, query: base.Query) -> collections.abc.Iterator[rows.Read]:
        """Yield the rows of one scope in a window, in the exported order."""
        (scope_id,) = query.filters[self._scope_key]
        window = query.window
        for month in self._months:
            scope = month.scopes.get(scope_id)
            for piece in scope.pieces if scope else ():
                if piece.begin >= window.end or piece.last < window.begin:
                    continue
                for row in _parsed(month, piece, scope_id):
                    if window.begin <= row.begin < window.end:
                        yield row


def _whole(scope: manifest.Scope, window: ck_periods.Window) -> bool:
    return (
        window.begin <= scope.pieces[0].begin
        and scope.pieces[-1].last < window.end
    )


def _parsed(
    month: _Month, piece: manifest.Piece, scope_id: str
) -> collections.abc.Iterator[rows.Read]:
    number = 0
    try:
        for row in month.file.read(piece.position, piece.points):
            read = rows.parse(row)
            if read.scope_id != scope_id:
                raise ValueError("a row of another scope")
            yield read
            number += 1
        if number != piece.points:
            raise ValueError("rows are missing")
    except (ValueError, OSError) as error:
        raise errors.ExportInvalid(
            f"{month.header.file}: scope {scope_id}: {error}"
        ) from error
