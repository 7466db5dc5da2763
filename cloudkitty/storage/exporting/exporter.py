# SPDX-License-Identifier: Apache-2.0
"""Write the points of a month to a file, scope by scope.

Everything is written under temporary names; the manifest gets its name last.
An interrupted export leaves no manifest and is repeated. A manifest is never
overwritten: the points may be purged since.
"""

import collections.abc
import contextlib
import datetime
import fcntl
import hashlib
import os
import pathlib
import shutil
import typing

from cloudkitty.common import periods
from cloudkitty.storage import base
from cloudkitty.storage.exporting import csv_file
from cloudkitty.storage.exporting import errors
from cloudkitty.storage.exporting import manifest
from cloudkitty.storage.exporting import parquet_file
from cloudkitty.storage.exporting import rows
from cloudkitty.storage.importing import months
from cloudkitty.storage.importing import pieces

#: Modules by the format, which is also the suffix of the file.
FORMATS: dict[str, typing.Any] = {"csv": csv_file, "parquet": parquet_file}
_PARTIAL = ".partial"


class Progress(typing.Protocol):
    """Receives the number of exported scopes."""

    def start(self, total: int) -> None: ...

    def add(self, done: int) -> None: ...


class Exporter:
    """Exports months.

    :param read: reads sums, with all their digits.
    :param scope_key: attribute that identifies scopes.
    """

    def __init__(
        self,
        storage: base.Storage,
        read: months.Read,
        scope_key: str,
        progress: Progress,
    ) -> None:
        self._storage = storage
        self._read = read
        self._scope_key = scope_key
        self._progress = progress

    def run(
        self, month: datetime.datetime, directory: pathlib.Path, form: str
    ) -> manifest.Header:
        """Export a month.

        :param month: its first instant.
        :param form: a key of ``FORMATS``.
        :raises cloudkitty.storage.exporting.errors.ExportFailed: if there is
            an export of the month or another one is being written, if points
            change before the end, or if a file cannot be written.
        :raises cloudkitty.common.exceptions.InvalidConfiguration: if a
            package is missing.
        :raises cloudkitty.storage.base.StorageError: if the storage fails.
        """
        final = manifest.path(directory, month)
        name = f"rated-{month:%Y-%m}.{form}"
        try:
            with _alone(directory):
                _refuse(final)
                return self._write(month, final, name)
        except BlockingIOError as error:
            raise errors.ExportFailed(
                f"{directory}: another export is writing there"
            ) from error
        except OSError as error:
            raise errors.ExportFailed(
                f"{error.filename or directory}: {error.strerror}"
            ) from error

    def _write(
        self, month: datetime.datetime, final: pathlib.Path, name: str
    ) -> manifest.Header:
        directory = final.parent
        data = directory / f"{name}{_PARTIAL}"
        body = directory / f"{final.name}.scopes{_PARTIAL}"
        module = FORMATS[pathlib.PurePath(name).suffix[1:]]
        writer = module.Writer(data)
        points = scopes = 0
        try:
            with body.open("w", encoding="utf-8") as lines:
                for scope in self._scopes(month, writer):
                    lines.write(manifest.scope_line(scope))
                    points += sum(piece.points for piece in scope.pieces)
                    scopes += 1
        finally:
            writer.close()
        with data.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        header = manifest.Header(
            month, name, digest, points, scopes, self._scope_key
        )
        _rename(data, directory / name)
        whole = directory / f"{final.name}{_PARTIAL}"
        with whole.open("wb") as file, body.open("rb") as lines_read:
            file.write(manifest.header_line(header).encode())
            shutil.copyfileobj(lines_read, file)
        _rename(whole, final)
        body.unlink()
        return header

    def _scopes(
        self, month: datetime.datetime, writer: typing.Any
    ) -> collections.abc.Iterator[manifest.Scope]:
        window = periods.Window(month, periods.next_month_start(month))
        names = self._storage.scope_ids()
        self._progress.start(len(names))
        for scope_id in names:
            scope = self._scope(scope_id, window, writer)
            if scope.pieces:
                yield scope
            self._progress.add(1)

    def _scope(
        self, scope_id: str, window: periods.Window, writer: typing.Any
    ) -> manifest.Scope:
        """Write the points of a scope."""
        filters = {self._scope_key: [scope_id]}
        sums: months.Sums = {}
        found = []
        for piece in pieces.split(
            self._storage, filters, window, one_length=False
        ):
            frames = pieces.read(self._storage, filters, piece)
            written = list(rows.of_frames(scope_id, frames))
            position = writer.write(written)
            found.append(
                manifest.Piece(piece.begin, piece.last, position, len(written))
            )
            sums = months.added(sums, months.of_frames(frames))
        if sums != self._read(self._scope_key, scope_id, window):
            raise errors.ExportFailed(
                f"the points of scope {scope_id} changed during the export: "
                "repeat it"
            )
        return manifest.Scope(scope_id, sums, found)


def _refuse(final: pathlib.Path) -> None:
    if final.exists():
        raise errors.ExportFailed(
            f"{final} exists: an export is never overwritten; remove its "
            "files or choose another directory"
        )


@contextlib.contextmanager
def _alone(directory: pathlib.Path) -> collections.abc.Iterator[None]:
    """Lock a directory: two exports would write the same temporary files.

    :raises BlockingIOError: if another process has the lock.
    """
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _rename(old: pathlib.Path, new: pathlib.Path) -> None:
    """Rename a file after its contents are on the disk."""
    for path in (old, old.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    old.replace(new)
    descriptor = os.open(new.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
