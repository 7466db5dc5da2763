# SPDX-License-Identifier: Apache-2.0
"""The table of rated points: in the service's database or in its own."""

import datetime
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db import models
from cloudkitty.db import types


class PointsBase(orm.DeclarativeBase):
    """Only this table, so that it can be made in another database."""

    metadata = sa.MetaData(naming_convention=models.NAMING)


class RatedPoint(PointsBase):
    """One rated quantity of one metric of one scope in one period."""

    __tablename__ = "cloudkitty_rated_points"
    __table_args__ = (
        # Serves replace() and the summary of one scope.
        sa.Index("ix_rated_points_scope_begin", "scope_id", "begin", "metric"),
        # Serves summaries of all scopes.
        sa.Index("ix_rated_points_begin", "begin"),
        models.TABLE_ARGS,
    )

    id: orm.Mapped[int] = orm.mapped_column(
        # SQLite counts only an INTEGER up by itself.
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        primary_key=True,
    )
    scope_id: orm.Mapped[str] = orm.mapped_column(types.ExactText(256))
    scope_key: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    begin: orm.Mapped[datetime.datetime] = orm.mapped_column(types.UTCDateTime)
    end: orm.Mapped[datetime.datetime] = orm.mapped_column(types.UTCDateTime)
    metric: orm.Mapped[str] = orm.mapped_column(types.ExactText(255))
    unit: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    qty: orm.Mapped[decimal.Decimal] = orm.mapped_column(
        types.ExactNumeric(money.DIGITS, money.PLACES)
    )
    price: orm.Mapped[decimal.Decimal] = orm.mapped_column(
        types.ExactNumeric(money.DIGITS, money.PLACES)
    )
    groupby: orm.Mapped[dict[str, typing.Any]] = orm.mapped_column(sa.JSON)
    metadata_: orm.Mapped[dict[str, typing.Any]] = orm.mapped_column(
        "metadata", sa.JSON
    )
    description: orm.Mapped[str | None] = orm.mapped_column(sa.Text)
