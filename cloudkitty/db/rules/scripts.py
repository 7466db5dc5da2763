# SPDX-License-Identifier: Apache-2.0
"""Queries on ``pyscripts_scripts``: the scripts that rate."""

import dataclasses
import datetime
import hashlib
import typing
import zlib

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.rules import filters as rule_filters
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import records
from cloudkitty.db.sql import exact_text

_Model = rule_models.PyscriptsScript
#: Limits in bytes of a script's source and of its compressed form in the
#: column, which is a BLOB on MySQL.
MAX_SOURCE = 512 * 1024
MAX_STORED = 65535


class TooLong(ValueError):
    """The column cannot hold the script."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One script.

    :param id: the row; scripts run in its order.
    :param script_id: UUID, which the API shows.
    :param data: its source; None if it was not requested, or if the row is
        damaged.
    :param checksum: SHA-512 of the source, in hexadecimal digits.
    :param start: start of the validity, inclusive; aware UTC.
    :param end: end of the validity, exclusive; None: unlimited.
    :param deleted: time of the deletion; None if it is not deleted.
    """

    id: int
    script_id: str
    name: str
    data: str | None
    checksum: str
    start: datetime.datetime
    end: datetime.datetime | None
    description: str | None
    created_at: datetime.datetime
    deleted: datetime.datetime | None
    created_by: str
    updated_by: str | None
    deleted_by: str | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Filters(rule_filters.ValidityFilters):
    """Selection of scripts; None does not filter."""


def load(session: orm.Session) -> list[Script]:
    """Return all scripts that can be in force, in the order of their rows."""
    return find(session, Filters())


def get(session: orm.Session, script_id: str) -> Script | None:
    """Return a script by its UUID, also a deleted one."""
    found = _select(
        session,
        [exact_text.one_of(session, _Model.script_id, [script_id])],
        True,
    )
    return found[0] if found else None


def find(
    session: orm.Session, filters: Filters, *, with_data: bool = True
) -> list[Script]:
    """Return the scripts that match all filters, oldest row first."""
    conditions = rule_filters.valid(session, _Model, filters)
    found = _select(session, conditions, with_data)
    return rule_filters.described(found, filters.description)


def insert(
    session: orm.Session,
    *,
    script_id: str,
    name: str,
    data: str,
    start: datetime.datetime,
    end: datetime.datetime | None = None,
    description: str | None = None,
    created_at: datetime.datetime,
    created_by: str,
) -> None:
    """Insert a script.

    :raises TooLong: if the column cannot hold it.
    """
    session.execute(
        sa.insert(_Model).values(
            script_id=script_id,
            name=name,
            start=start,
            end=end,
            description=description,
            created_at=created_at,
            created_by=created_by,
            **packed(data),
        )
    )


def update(session: orm.Session, row_id: int, **columns: typing.Any) -> None:
    """Set columns of one script.

    :param columns: by their names in the table; ``data`` is the source.
    :raises TooLong: if the column cannot hold it.
    """
    if "data" in columns:
        columns |= packed(columns["data"])
    records.update(session, _Model, row_id, columns)


def mark_deleted(
    session: orm.Session,
    row_id: int,
    at: datetime.datetime,
    deleted_by: str,
) -> None:
    """Mark a script as deleted: it no longer runs for any period.

    A script that is already marked keeps its first mark.
    """
    records.mark_deleted(session, _Model, row_id, at, deleted_by)


def packed(source: str) -> dict[str, typing.Any]:
    """Return the columns that hold a script's source.

    :raises TooLong: if the source is too long.
    """
    raw = source.encode("utf-8")
    stored = zlib.compress(raw)
    if len(raw) > MAX_SOURCE or len(stored) > MAX_STORED:
        raise TooLong(
            f"it has {len(raw)} bytes, {len(stored)} compressed; the limits "
            f"are {MAX_SOURCE} and {MAX_STORED}"
        )
    return {"data": stored, "checksum": hashlib.sha512(raw).hexdigest()}


def unpacked(stored: bytes) -> str | None:
    """Return the source in a row; None if the row is damaged."""
    try:
        engine = zlib.decompressobj()
        # Bounded: a few bytes could decompress to very many.
        raw = engine.decompress(stored, MAX_SOURCE)
        return raw.decode("utf-8") if engine.eof else None
    except (zlib.error, UnicodeDecodeError):
        return None


def _select(
    session: orm.Session,
    conditions: list[sa.ColumnElement[bool]],
    with_data: bool,
) -> list[Script]:
    query = (
        sa.select(_Model)
        .where(*conditions)
        .order_by(_Model.id)
        # Refresh rows that an UPDATE of this transaction has changed.
        .execution_options(populate_existing=True)
    )
    if not with_data:
        query = query.options(orm.defer(_Model.data))
    return [
        records.from_row(
            Script, row, data=unpacked(row.data) if with_data else None
        )
        for row in session.scalars(query)
    ]
