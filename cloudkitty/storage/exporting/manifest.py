# SPDX-License-Identifier: Apache-2.0
"""The manifest of an export: JSON Lines, written last.

The first line describes the file of the points. Each other line is a scope:
the sums of each metric, and where its pieces are in the file.
"""

import dataclasses
import datetime
import decimal
import hashlib
import json
import pathlib
import typing

from cloudkitty.common import money
from cloudkitty.storage.exporting import errors
from cloudkitty.storage.exporting import rows
from cloudkitty.storage.importing import months

FORMAT = 1
_SUFFIX = ".manifest.jsonl"


class Piece(typing.NamedTuple):
    """Consecutive rows of one scope.

    :param begin: beginning of the first period.
    :param last: beginning of the last one.
    :param position: for the reader of the file.
    :param points: number of rows.
    """

    begin: datetime.datetime
    last: datetime.datetime
    position: int
    points: int


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """The points of one scope."""

    scope_id: str
    sums: months.Sums
    pieces: list[Piece]


@dataclasses.dataclass(frozen=True, slots=True)
class Header:
    """The first line.

    :param month: its first instant.
    :param file: name of the file with the points, in the same directory.
    :param sha256: of that file, in hexadecimal.
    :param points: number of rows.
    :param scopes: number of lines that follow.
    :param scope_key: name of the attribute that identifies scopes.
    """

    month: datetime.datetime
    file: str
    sha256: str
    points: int
    scopes: int
    scope_key: str


def path(directory: pathlib.Path, month: datetime.datetime) -> pathlib.Path:
    """Return the path of the manifest of a month."""
    return directory / f"rated-{month:%Y-%m}{_SUFFIX}"


def paths(directory: pathlib.Path) -> list[pathlib.Path]:
    """Return all manifests of a directory, oldest month first."""
    return sorted(directory.glob(f"rated-*{_SUFFIX}"))


def header_line(header: Header) -> str:
    """Return the first line."""
    return _line(
        {
            "format": FORMAT,
            **dataclasses.asdict(header),
            "month": f"{header.month:%Y-%m}",
            "columns": rows.COLUMNS,
        }
    )


def scope_line(scope: Scope) -> str:
    """Return the line of a scope."""
    return _line(
        {
            "scope_id": scope.scope_id,
            "sums": {
                metric: {
                    "points": points,
                    "qty": money.text(qty),
                    "price": money.text(price),
                }
                for metric, (points, qty, price) in sorted(scope.sums.items())
            },
            "pieces": [
                [rows.time(begin), rows.time(last), position, points]
                for begin, last, position, points in scope.pieces
            ],
        }
    )


def read(file: pathlib.Path) -> tuple[Header, dict[str, Scope]]:
    """Return the header and the scopes by their identifiers.

    :raises cloudkitty.storage.exporting.errors.ExportInvalid: if it is not
        complete, or the file of the points is not the one described.
    """
    try:
        with file.open(encoding="utf-8") as lines:
            header = _header(next(lines, ""))
            found = [_scope(line) for line in lines]
        with (file.parent / header.file).open("rb") as points:
            digest = hashlib.file_digest(points, "sha256").hexdigest()
    except OSError as error:
        raise errors.ExportInvalid(
            f"{error.filename}: {error.strerror}"
        ) from error
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise errors.ExportInvalid(
            f"{file}: not a manifest of an export in format {FORMAT}"
        ) from error
    scopes = {scope.scope_id: scope for scope in found}
    number = sum(piece.points for scope in found for piece in scope.pieces)
    if (len(scopes), number) != (header.scopes, header.points):
        raise errors.ExportInvalid(f"{file}: lines are missing")
    if digest != header.sha256:
        raise errors.ExportInvalid(
            f"{file.parent / header.file}: its SHA-256 is not that of the "
            "manifest: the file was changed"
        )
    return header, scopes


def _header(line: str) -> Header:
    read = json.loads(line)
    if read.pop("format") != FORMAT:
        raise ValueError("another format")
    read.pop("columns")
    month = datetime.datetime.strptime(read.pop("month"), "%Y-%m")
    header = Header(month=month.replace(tzinfo=datetime.UTC), **read)
    if pathlib.PurePath(header.file).name != header.file:
        raise ValueError("a file of another directory")
    return header


def _scope(line: str) -> Scope:
    read = json.loads(line)
    return Scope(
        read["scope_id"],
        {
            metric: (
                sums["points"],
                decimal.Decimal(sums["qty"]),
                decimal.Decimal(sums["price"]),
            )
            for metric, sums in read["sums"].items()
        },
        [
            Piece(rows.instant(begin), rows.instant(last), position, points)
            for begin, last, position, points in read["pieces"]
        ],
    )


def _line(value: object) -> str:
    return f"{json.dumps(value, ensure_ascii=False)}\n"
