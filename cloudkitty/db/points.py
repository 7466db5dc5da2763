# SPDX-License-Identifier: Apache-2.0
"""The tables of rated points: in the service's database or in their own.

A point is a narrow row: period, quantity, price. The common values of a
series' points (scope, metric, unit, attributes) are stored once.
"""

import datetime
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db import base
from cloudkitty.db.sql import types

#: SQLite counts only an INTEGER up by itself.
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The ids of points are internal.
_TABLE_ARGS = {**base.TABLE_ARGS, "sqlite_autoincrement": False}


class PointsBase(orm.DeclarativeBase):
    """Base of these tables, which may be created in another database."""

    metadata = sa.MetaData(naming_convention=base.NAMING)


class RatedScope(PointsBase):
    """A scope that has or had rated points."""

    __tablename__ = "cloudkitty_rated_scopes"
    __table_args__ = (
        sa.UniqueConstraint(
            "scope_id", "scope_key", name="uq_rated_scopes_scope"
        ),
        _TABLE_ARGS,
    )

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    scope_id: orm.Mapped[str] = orm.mapped_column(types.ExactText(256))
    scope_key: orm.Mapped[str] = orm.mapped_column(types.ExactText(40))
    #: All earlier days have their sums in ``cloudkitty_rated_days``. NULL: no
    #: day has them, the next writer sums them up.
    rolled_before: orm.Mapped[datetime.date | None] = orm.mapped_column(
        sa.Date
    )


class RatedSeries(PointsBase):
    """The common attributes of points: all but time, quantity and price.

    A series exists also while it has no points. Only a purge deletes those
    without points, with the scope's row locked.
    """

    __tablename__ = "cloudkitty_rated_series"
    __table_args__ = (
        sa.UniqueConstraint(
            "scope", "digest", name="uq_rated_series_scope_digest"
        ),
        _TABLE_ARGS,
    )

    id: orm.Mapped[int] = orm.mapped_column(_BIG, primary_key=True)
    #: Of ``cloudkitty_rated_scopes``.
    scope: orm.Mapped[int] = orm.mapped_column(sa.Integer)
    #: Of all the columns that follow, so that they can be looked for.
    digest: orm.Mapped[str] = orm.mapped_column(types.ExactText(32))
    metric: orm.Mapped[str] = orm.mapped_column(types.ExactText(255))
    unit: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    groupby: orm.Mapped[dict[str, typing.Any]] = orm.mapped_column(sa.JSON)
    metadata_: orm.Mapped[dict[str, typing.Any]] = orm.mapped_column(
        "metadata", sa.JSON
    )
    description: orm.Mapped[str | None] = orm.mapped_column(sa.Text)


class RatedPoint(PointsBase):
    """One rated quantity of one series in one period.

    No foreign keys: the database would check them for every point, and a
    purge deletes only series without points.
    """

    __tablename__ = "cloudkitty_rated_points"
    __table_args__ = (
        # The rows of one scope and window lie together: replacing them and
        # summing them up is one range, and for all scopes one of each. Any
        # other index would cost a sixth of a reprocess.
        sa.PrimaryKeyConstraint("scope", "begin", "series", "seq"),
        {**_TABLE_ARGS, "sqlite_with_rowid": False},
    )

    scope: orm.Mapped[int] = orm.mapped_column(sa.Integer, autoincrement=False)
    begin: orm.Mapped[datetime.datetime] = orm.mapped_column(types.UTCDateTime)
    series: orm.Mapped[int] = orm.mapped_column(_BIG, autoincrement=False)
    #: Place among the points that the scope has in this period.
    seq: orm.Mapped[int] = orm.mapped_column(sa.Integer)
    end: orm.Mapped[datetime.datetime] = orm.mapped_column(types.UTCDateTime)
    qty: orm.Mapped[decimal.Decimal] = orm.mapped_column(
        types.ExactNumeric(money.DIGITS, money.PLACES)
    )
    price: orm.Mapped[decimal.Decimal] = orm.mapped_column(
        types.ExactNumeric(money.DIGITS, money.PLACES)
    )


class RatedDay(PointsBase):
    """The sums of one series over the periods that begin on one day, in UTC.

    A series may have points on several days: clients add any attributes.
    """

    __tablename__ = "cloudkitty_rated_days"
    __table_args__ = (
        # Read like the points: a range of each scope.
        sa.PrimaryKeyConstraint("scope", "day", "series"),
        {**_TABLE_ARGS, "sqlite_with_rowid": False},
    )

    scope: orm.Mapped[int] = orm.mapped_column(sa.Integer, autoincrement=False)
    day: orm.Mapped[datetime.date] = orm.mapped_column(sa.Date)
    series: orm.Mapped[int] = orm.mapped_column(_BIG, autoincrement=False)
    points: orm.Mapped[int] = orm.mapped_column(sa.Integer)
    #: NULL if the sum may not fit: its points are read instead.
    qty: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(
        types.ExactNumeric(money.DIGITS, money.PLACES)
    )
    price: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(
        types.ExactNumeric(money.DIGITS, money.PLACES)
    )


def whole() -> sa.Select[typing.Any]:
    """Return the statement that reads points with their series.

    For tests and tools.
    """
    return (
        sa.select(
            RatedScope.scope_id,
            RatedScope.scope_key,
            RatedPoint.begin,
            RatedPoint.end,
            RatedSeries.metric,
            RatedSeries.unit,
            RatedPoint.qty,
            RatedPoint.price,
            RatedSeries.groupby,
            RatedSeries.metadata_.label("metadata"),
            RatedSeries.description,
        )
        .select_from(RatedPoint)
        .join(RatedSeries, RatedSeries.id == RatedPoint.series)
        .join(RatedScope, RatedScope.id == RatedPoint.scope)
    )
