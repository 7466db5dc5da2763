# SPDX-License-Identifier: Apache-2.0
"""The current time of the database server."""

import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import types

#: By dialect. The sessions of ``facade`` run in UTC.
_STATEMENTS = {
    "mysql": sa.text("SELECT UTC_TIMESTAMP(6)"),
    "postgresql": sa.text("SELECT clock_timestamp()"),
}


def read(session: orm.Session) -> datetime.datetime | None:
    """Return the server's current time, aware UTC.

    :returns: None for SQLite: a file has no clock of its own.
    """
    dialect = session.get_bind().dialect.name
    statement = _STATEMENTS.get("mysql" if dialect == "mariadb" else dialect)
    if statement is None:
        return None
    at: datetime.datetime = session.execute(statement).scalar_one()
    if at.tzinfo is None:
        return at.replace(tzinfo=datetime.UTC)
    return at.astimezone(datetime.UTC)


def expression(
    session: orm.Session, otherwise: datetime.datetime
) -> sa.ColumnElement[datetime.datetime]:
    """Return the server's current time as the value of a column.

    :param otherwise: the value on SQLite, aware UTC.
    """
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        return sa.literal(otherwise, types.UTCDateTime())
    if dialect == "postgresql":
        return sa.func.timezone("UTC", sa.func.clock_timestamp())
    return sa.func.utc_timestamp()
