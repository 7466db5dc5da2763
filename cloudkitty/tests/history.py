# SPDX-License-Identifier: Apache-2.0
"""Fill the tables of rated points with a long history, within seconds.

The database makes the rows itself. Like those of a collector, each series
belongs to one day, and has a point in each hour of it. Shared by tests and
benchmarks.
"""

import dataclasses
import datetime
import decimal
import json

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import attribute_names
from cloudkitty.common import periods
from cloudkitty.db import points
from cloudkitty.db.sql import types
from cloudkitty.storage.v2.sqlalchemy import rollups

HOURS = 24
_HOUR = datetime.timedelta(hours=1)
_DAY = datetime.timedelta(days=1)
_POINTS = points.RatedPoint.__table__
_SERIES = points.RatedSeries.__table__
_SCOPES = points.RatedScope.__table__
_ANALYZE = {"mysql": "ANALYZE TABLE", "sqlite": "ANALYZE"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The points to make: ``scopes * series * days * 24``.

    :param begin: midnight of the first day, aware UTC.
    :param series: series of each scope and day, of both metrics in turn.
    """

    scopes: int = 1000
    series: int = 5
    days: int
    begin: datetime.datetime

    @property
    def end(self) -> datetime.datetime:
        return self.begin + self.days * _DAY

    @property
    def points(self) -> int:
        return self.scopes * self.series * self.days * HOURS


METRICS = ("cpu", "storage")


def name(number: int) -> str:
    """Return the identifier of a scope, from 1."""
    return f"scope-{number:06}"


def fill(engine: sa.Engine, history: History) -> None:
    """Insert the points into empty tables, with the sums of their days.

    A point of a series has the quantity 1 and the price 0.25.
    """
    with engine.begin() as connection:
        connection.execute(
            _SCOPES.insert(),
            [
                {
                    "id": number,
                    "scope_id": name(number),
                    "scope_key": "project_id",
                }
                for number in range(1, history.scopes + 1)
            ],
        )
    for day in range(history.days):
        with engine.begin() as connection:
            _fill_day(connection, history, day)
    window = periods.Window(history.begin, history.end)
    with orm.Session(engine) as session, session.begin():
        change = rollups.Change(window, None)
        rollups.refresh(
            session, dict.fromkeys(range(1, history.scopes + 1), change)
        )
    analyze(engine)


def analyze(engine: sa.Engine) -> None:
    """Update the statistics by which databases choose their plans."""
    how = _ANALYZE.get(engine.dialect.name, "ANALYZE")
    with engine.begin() as connection:
        for table in points.PointsBase.metadata.sorted_tables:
            connection.exec_driver_sql(f"{how} {table.name}")


def _fill_day(connection: sa.Connection, history: History, day: int) -> None:
    begin = history.begin + day * _DAY
    last = 1 + day * history.series * history.scopes
    first = last
    for number in range(history.series):
        connection.execute(
            _series_of(begin, number, last, connection.dialect.name)
        )
        last += history.scopes
    for hour in range(HOURS):
        connection.execute(
            _points_of(begin + hour * _HOUR, first, last, history.scopes)
        )


def _series_of(
    begin: datetime.datetime, number: int, last: int, dialect: str
) -> sa.Insert:
    """Return the INSERT of one series of each scope for one day.

    :param last: their ids are greater than this.
    """
    # Other databases store JSON as text.
    as_json = sa.type_coerce
    if dialect == "postgresql":
        as_json = sa.cast
    ident = _SCOPES.c.id + last
    text = sa.cast(ident, sa.String(32))
    names = attribute_names.CALENDAR
    values = (str(begin.timetuple().tm_yday), str(begin.isocalendar().week))
    calendar = dict(
        zip(names, (*values, str(begin.month), str(begin.year)), strict=True)
    )
    attributes = json.dumps({**calendar, "flavor": str(number)})
    document = (
        sa.literal(attributes[:-1] + ', "id": "i-', sa.Text())
        + sa.cast(_SCOPES.c.id, sa.String(32))
        + sa.literal('"}', sa.Text())
    )
    rows = sa.select(
        ident,
        _SCOPES.c.id,
        text,
        sa.literal(METRICS[number % len(METRICS)], types.ExactText(255)),
        sa.literal("GiB", sa.String(255)),
        as_json(document, sa.JSON),
        as_json(sa.literal_column("'{}'", sa.Text()), sa.JSON),
    )
    columns = ("id", "scope", "digest", "metric", "unit", "groupby")
    return _SERIES.insert().from_select([*columns, "metadata"], rows)


def _points_of(
    begin: datetime.datetime, first: int, last: int, scopes: int
) -> sa.Insert:
    """Return the INSERT of a point of each series in one hour."""
    rows = (
        sa.select(
            _SERIES.c.scope,
            sa.literal(begin, types.UTCDateTime()),
            _SERIES.c.id,
            # Numbered within the scope and period.
            (_SERIES.c.id - first - 1) // scopes,
            sa.literal(begin + _HOUR, types.UTCDateTime()),
            sa.literal(decimal.Decimal(1), _POINTS.c.qty.type),
            sa.literal(decimal.Decimal("0.25"), _POINTS.c.price.type),
        )
        .where(_SERIES.c.id > first, _SERIES.c.id <= last)
        .order_by(_SERIES.c.scope, _SERIES.c.id)
    )
    columns = ("scope", "begin", "series", "seq", "end", "qty", "price")
    return _POINTS.insert().from_select(columns, rows)
