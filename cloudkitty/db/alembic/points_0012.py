# SPDX-License-Identifier: Apache-2.0
"""Sums of whole days beside the points.

The step of revision 0012 of the service's database and of a points' database.
It is frozen, and a second run changes nothing. If it was interrupted, the
second run continues with the next scope.
"""

import datetime
import decimal
import typing

import sqlalchemy as sa
from oslo_log import log

from cloudkitty.common import log_fields
from cloudkitty.db.sql import types

LOG = log.getLogger(__name__)
_SCOPES = "cloudkitty_rated_scopes"
#: Scopes between two lines of the log.
_LOGGED = 1000
_OPTIONS: typing.Any = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MONEY = types.ExactNumeric(65, 28)

_metadata = sa.MetaData()
_days = sa.Table(
    "cloudkitty_rated_days",
    _metadata,
    sa.Column("scope", sa.Integer(), nullable=False, autoincrement=False),
    sa.Column("day", sa.Date(), nullable=False),
    sa.Column("series", _BIG, nullable=False, autoincrement=False),
    sa.Column("points", sa.Integer(), nullable=False),
    sa.Column("qty", _MONEY, nullable=True),
    sa.Column("price", _MONEY, nullable=True),
    sa.PrimaryKeyConstraint(
        "scope", "day", "series", name="pk_cloudkitty_rated_days"
    ),
    sqlite_with_rowid=False,
    **_OPTIONS,
)
_scopes = sa.Table(
    _SCOPES,
    sa.MetaData(),
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("rolled_before", sa.Date()),
)
_points = sa.Table(
    "cloudkitty_rated_points",
    sa.MetaData(),
    sa.Column("scope", sa.Integer()),
    sa.Column("begin", types.UTCDateTime()),
)
#: Sums of 37 digits before the point may not fit: NULL, see ``db.points``.
_FILL = """
INSERT INTO cloudkitty_rated_days (scope, day, series, points, qty, price)
SELECT scope, day, series, points,
       CASE WHEN ABS(qty) < 1e36 THEN qty END,
       CASE WHEN ABS(price) < 1e36 THEN price END
FROM (
    SELECT scope, {day} AS day, series, COUNT(*) AS points,
           {sum}(qty) AS qty, {sum}(price) AS price
    FROM cloudkitty_rated_points
    WHERE scope = :scope AND {begin} < :before
    GROUP BY scope, {day}, series
) sums
"""


def roll_up(connection: sa.Connection) -> None:
    """Create the table and the column, and sum up the stored points."""
    _metadata.create_all(connection)
    columns = {c["name"] for c in sa.inspect(connection).get_columns(_SCOPES)}
    if "rolled_before" not in columns:
        connection.exec_driver_sql(
            f"ALTER TABLE {_SCOPES} ADD COLUMN rolled_before DATE"
        )
    fill = sa.text(_fill(connection.dialect.name)).bindparams(
        sa.bindparam("before", type_=types.UTCDateTime())
    )
    _prepare(connection)
    pending = connection.scalars(
        sa.select(_scopes.c.id)
        .where(_scopes.c.rolled_before.is_(None))
        .order_by(_scopes.c.id)
    ).all()
    for number, scope in enumerate(pending, 1):
        _roll_up(connection, fill, scope)
        if number % _LOGGED == 0 or number == len(pending):
            LOG.info(
                *log_fields.event(
                    "days of rated points summed up",
                    number=number,
                    scopes=len(pending),
                )
            )


def _roll_up(
    connection: sa.Connection, fill: sa.TextClause, scope: int
) -> None:
    newest = connection.scalar(
        sa.select(sa.func.max(_points.c.begin)).where(_points.c.scope == scope)
    )
    if newest is None:
        return
    before = newest.date()
    midnight = datetime.datetime.combine(
        before, datetime.time.min, datetime.UTC
    )
    connection.execute(_days.delete().where(_days.c.scope == scope))
    connection.execute(fill, {"scope": scope, "before": midnight})
    connection.execute(
        _scopes.update()
        .where(_scopes.c.id == scope)
        .values(rolled_before=before)
    )
    if connection.dialect.name in ("mysql", "mariadb"):
        # Elsewhere the whole migration is one transaction.
        connection.commit()


def _fill(dialect: str) -> str:
    begin = "`begin`" if dialect in ("mysql", "mariadb") else "begin"
    if dialect == "sqlite":
        return _FILL.format(
            day="substr(begin, 1, 10)", sum="ck_step_sum", begin='"begin"'
        )
    return _FILL.format(day=f"CAST({begin} AS DATE)", sum="SUM", begin=begin)


def _prepare(connection: sa.Connection) -> None:
    """Register an exact sum on SQLite, whose numbers are floats."""
    if connection.dialect.name == "sqlite":
        driver: typing.Any = connection.connection.driver_connection
        driver.create_aggregate("ck_step_sum", 1, _Sum)


class _Sum:
    def __init__(self) -> None:
        self._sum = decimal.Decimal(0)

    def step(self, value: typing.Any) -> None:
        self._sum = _EXACT.add(self._sum, decimal.Decimal(str(value)))

    def finalize(self) -> str:
        return format(self._sum, "f")


_EXACT = decimal.Context(prec=1000, traps=[decimal.Inexact])
