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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Selection of scripts; None does not filter.

    :param deleted: include soft-deleted scripts.
    :param start_from: scripts that start then or later.
    :param end_before: scripts that end before.
    :param active_at: scripts in force at this instant.
    :param description: a part of it, case-insensitive.
    """

    name: str | None = None
    deleted: bool = False
    start_from: datetime.datetime | None = None
    end_before: datetime.datetime | None = None
    active_at: datetime.datetime | None = None
    created_by: str | None = None
    updated_by: str | None = None
    deleted_by: str | None = None
    description: str | None = None


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
    found = _select(
        session, [*_equal(session, filters), *_timely(filters)], with_data
    )
    if filters.description is None:
        return found
    # Databases fold the case of letters differently.
    part = filters.description.casefold()
    return [one for one in found if part in (one.description or "").casefold()]


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
    session.execute(
        sa.update(_Model)
        .where(_Model.id == row_id)
        .values(columns)
        .execution_options(synchronize_session=False)
    )


def mark_deleted(
    session: orm.Session,
    row_id: int,
    at: datetime.datetime,
    deleted_by: str,
) -> None:
    """Mark a script as deleted: it no longer runs for any period.

    A script that is already marked keeps its first mark.
    """
    session.execute(
        sa.update(_Model)
        .where(_Model.id == row_id, _Model.deleted.is_(None))
        .values(deleted=at, deleted_by=deleted_by)
        .execution_options(synchronize_session=False)
    )


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
    return [_script(row, with_data) for row in session.scalars(query)]


def _equal(
    session: orm.Session, filters: Filters
) -> list[sa.ColumnElement[bool]]:
    return rule_filters.equal(
        session,
        (
            (_Model.name, filters.name),
            (_Model.created_by, filters.created_by),
            (_Model.updated_by, filters.updated_by),
            (_Model.deleted_by, filters.deleted_by),
        ),
    )


def _timely(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions = rule_filters.about_time(
        _Model,
        start_from=filters.start_from,
        end_before=filters.end_before,
        active_at=filters.active_at,
    )
    if not filters.deleted:
        conditions.append(_Model.deleted.is_(None))
    return conditions


def _script(row: rule_models.PyscriptsScript, with_data: bool) -> Script:
    return Script(
        id=row.id,
        script_id=row.script_id,
        name=row.name,
        data=unpacked(row.data) if with_data else None,
        checksum=row.checksum,
        start=row.start,
        end=row.end,
        description=row.description,
        created_at=row.created_at,
        deleted=row.deleted,
        created_by=row.created_by,
        updated_by=row.updated_by,
        deleted_by=row.deleted_by,
    )
