# SPDX-License-Identifier: Apache-2.0
"""Rows as Apache Parquet, https://parquet.apache.org/docs/file-format/.

All columns are texts: DECIMAL has at most 38 digits in most readers, a stored
number up to 65. pyarrow is the extra ``parquet``.
"""

import bisect
import collections.abc
import itertools
import pathlib
import typing

from cloudkitty.common import exceptions
from cloudkitty.storage.exporting import rows as ck_rows

#: Rows of one row group, which is in memory as a whole.
_GROUP = 50_000


def _pyarrow() -> tuple[typing.Any, typing.Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise exceptions.InvalidConfiguration(
            "the format parquet needs the Python package pyarrow: install "
            "cloudkitty[parquet], or use --format csv"
        ) from error
    return pyarrow, parquet


class Writer:
    """Writes a new file.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: without
        pyarrow.
    :raises OSError: if it cannot be written.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._arrow, parquet = _pyarrow()
        self._schema = self._arrow.schema(
            [
                self._arrow.field(
                    name,
                    self._arrow.string(),
                    nullable=False,
                    metadata={"description": meaning},
                )
                for name, meaning in ck_rows.COLUMNS.items()
            ]
        )
        self._file = parquet.ParquetWriter(
            path, self._schema, compression="zstd"
        )
        self._waiting: list[ck_rows.Row] = []
        self._position = 0

    def write(self, rows: collections.abc.Iterable[ck_rows.Row]) -> int:
        """Append rows; return their position for ``Reader.read``."""
        position = self._position
        before = len(self._waiting)
        self._waiting.extend(rows)
        self._position += len(self._waiting) - before
        if len(self._waiting) >= _GROUP:
            self._flush()
        return position

    def close(self) -> None:
        """Write the last rows and close the file."""
        if self._waiting:
            self._flush()
        self._file.close()

    def _flush(self) -> None:
        columns = [
            self._arrow.array(values, self._arrow.string())
            for values in zip(*self._waiting, strict=True)
        ]
        table = self._arrow.Table.from_arrays(columns, schema=self._schema)
        self._file.write_table(table, row_group_size=len(self._waiting))
        self._waiting.clear()


class Reader:
    """Reads a file of ``Writer``."""

    def __init__(self, path: pathlib.Path) -> None:
        _, parquet = _pyarrow()
        self._file = parquet.ParquetFile(path)
        sizes = (
            self._file.metadata.row_group(group).num_rows
            for group in range(self._file.metadata.num_row_groups)
        )
        #: The first row of each group, and the number of all rows.
        self._firsts = list(itertools.accumulate(sizes, initial=0))
        self._group: tuple[int, list[ck_rows.Row]] = (-1, [])

    def read(
        self, position: int, count: int
    ) -> collections.abc.Iterator[collections.abc.Sequence[str]]:
        """Yield ``count`` rows from a position on."""
        end = min(position + count, self._firsts[-1])
        while position < end:
            group = bisect.bisect_right(self._firsts, position) - 1
            first = self._firsts[group]
            rows = self._rows(group)[position - first : end - first]
            yield from rows
            position += len(rows)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rows(self, group: int) -> list[ck_rows.Row]:
        # Consecutive scopes are in the same group.
        if self._group[0] != group:
            columns = self._file.read_row_group(group).columns
            texts = [column.to_pylist() for column in columns]
            self._group = (group, list(zip(*texts, strict=True)))
        return self._group[1]
