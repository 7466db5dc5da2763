# SPDX-License-Identifier: Apache-2.0
"""Rows as comma-separated values, https://www.rfc-editor.org/rfc/rfc4180.

UTF-8, with the names of the columns in the first line.
"""

import collections.abc
import csv
import io
import itertools
import pathlib

from cloudkitty.storage.exporting import rows as ck_rows

#: Characters of one field; the module's default limit is 131,072.
_LONGEST = 2**31 - 1


class Writer:
    """Writes a new file.

    :raises OSError: if it cannot be written.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._file = path.open("wb")
        self._write([tuple(ck_rows.COLUMNS)])

    def write(self, rows: collections.abc.Iterable[ck_rows.Row]) -> int:
        """Append rows; return their position for ``Reader.read``."""
        position = self._file.tell()
        self._write(rows)
        return position

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, rows: collections.abc.Iterable[ck_rows.Row]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        self._file.write(text.getvalue().encode())


class Reader:
    """Reads a file of ``Writer``."""

    def __init__(self, path: pathlib.Path) -> None:
        csv.field_size_limit(_LONGEST)
        self._file = path.open("rb")

    def read(
        self, position: int, count: int
    ) -> collections.abc.Iterator[collections.abc.Sequence[str]]:
        """Yield ``count`` rows from a position on."""
        self._file.seek(position)
        text = io.TextIOWrapper(self._file, encoding="utf-8", newline="")
        try:
            yield from itertools.islice(csv.reader(text), count)
        finally:
            text.detach()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
