# SPDX-License-Identifier: Apache-2.0
"""Fill the tables of rated points with a long history, by plain SQL.

Like those of a collector, each series belongs to one scope and day, and has a
point in each hour of it; the points are inserted in the order of their time.
It knows the columns of the tables that every release has.
"""

import contextlib
import dataclasses
import datetime
import json
import typing

from benchmarks import cloud_database
from benchmarks import dataset
from benchmarks import deployments
from benchmarks import settings as ck_settings

POINTS = "cloudkitty_rated_points"
SERIES = "cloudkitty_rated_series"
SCOPES = "cloudkitty_rated_scopes"
METRICS = ("instance_up", "volume_size_gb")
QUANTITY, PRICE = "1", "0.25"
HOURS = 24
_PORTION = 1000


@dataclasses.dataclass(frozen=True, kw_only=True)
class History:
    """How much there is.

    :param series: of each scope and day.
    """

    points: int = 1_000_000
    scopes: int = 1_000
    series: int = 5
    begin: datetime.datetime = dataset.BEGIN

    @property
    def days(self) -> int:
        """Return how many days hold at least so many points."""
        return -(-self.points // (self.scopes * self.series * HOURS))

    @property
    def stored(self) -> int:
        """Return how many points there are."""
        return self.scopes * self.series * HOURS * self.days

    @property
    def window(self) -> deployments.Window:
        """Return all periods."""
        return deployments.Window(begin=self.begin, periods=HOURS * self.days)

    def last(self, periods: int) -> deployments.Window:
        """Return the last periods, or all if there are fewer."""
        periods = min(periods, self.window.periods)
        return deployments.Window(
            begin=self.window.end - periods * ck_settings.PERIOD,
            periods=periods,
        )

    @property
    def numbers(self) -> range:
        """Return the ids of the scopes' rows."""
        return range(1, self.scopes + 1)

    @property
    def scope_ids(self) -> list[str]:
        """Return the scopes; the row of the first one has the id 1."""
        return [dataset.scope_id(number) for number in range(self.scopes)]


def fill(database: cloud_database.Database, history: History) -> None:
    """Insert the scopes, series and points into empty tables."""
    with contextlib.closing(database.connect()) as connection:
        cursor = connection.cursor()
        rows = list(enumerate(history.scope_ids, 1))
        for some in cloud_database.portions(rows, _PORTION):
            values = ",".join(
                f"({number},'{one}','project_id')" for number, one in some
            )
            cursor.execute(
                f"INSERT INTO {SCOPES} (id, scope_id, scope_key) "
                f"VALUES {values}"
            )
        cursor.execute(f"SELECT * FROM {POINTS} WHERE 1 = 0")
        names = [column[0] for column in cursor.description]
        connection.commit()
        for day in range(history.days):
            _fill_day(database, cursor, history, day, names)
            connection.commit()
    if database.url.startswith("postgresql"):
        # Ids that were given do not move the sequences.
        for table in (SERIES, SCOPES):
            database.query(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                f"(SELECT MAX(id) FROM {table}))"
            )
    for table in (POINTS, SERIES, SCOPES):
        how = "ANALYZE TABLE" if database.quote == "`" else "ANALYZE"
        database.query(f"{how} {table}")


def _fill_day(
    database: cloud_database.Database,
    cursor: typing.Any,
    history: History,
    day: int,
    names: list[str],
) -> None:
    begin = history.begin + datetime.timedelta(days=day)
    first = day * history.series * history.scopes
    last = first
    for number in range(history.series):
        cursor.execute(_series(database, begin, number, last))
        last += history.scopes
    for hour in range(HOURS):
        at = begin + hour * ck_settings.PERIOD
        cursor.execute(_points(database, at, first, last, names, history))


def _series(
    database: cloud_database.Database,
    day: datetime.datetime,
    number: int,
    last: int,
) -> str:
    """Return the INSERT of one series of each scope."""
    attributes = {
        "day_of_the_year": str(day.timetuple().tm_yday),
        "week_of_the_year": str(day.isocalendar().week),
        "month": str(day.month),
        "year": str(day.year),
    }
    text = json.dumps(attributes)[:-1] + f', "id": "i-{number}-'
    ident = "CAST(c.id AS CHAR(20))"
    parts = [f"'{text}'", ident, "'\"}'"]
    document = " || ".join(parts)
    metadata = "'{}'"
    digest = f"CAST(c.id + {last} AS CHAR(20))"
    if database.quote == "`":
        document = f"CONCAT({', '.join(parts)})"
    elif database.url.startswith("postgresql"):
        parts[1] = ident = "CAST(c.id AS TEXT)"
        document = f"CAST({' || '.join(parts)} AS json)"
        metadata = "CAST('{}' AS json)"
        digest = f"CAST(c.id + {last} AS TEXT)"
    return (
        f"INSERT INTO {SERIES} (id, scope, digest, metric, unit, groupby, "
        f"metadata) SELECT c.id + {last}, c.id, {digest}, "
        f"'{METRICS[number % len(METRICS)]}', 'GiB', {document}, {metadata} "
        f"FROM {SCOPES} c"
    )


def _points(
    database: cloud_database.Database,
    at: datetime.datetime,
    first: int,
    last: int,
    names: list[str],
    history: History,
) -> str:
    """Return the INSERT of a point of each series in one hour."""
    divided = "DIV" if database.quote == "`" else "/"
    numeric = "%s"
    if database.url.startswith("postgresql"):
        numeric = "CAST(%s AS numeric)"
    time_of, quote = database.time, database.quote
    values = {
        "scope": "s.scope",
        "begin": time_of(at),
        "series": "s.id",
        "seq": f"(s.id - {first + 1}) {divided} {history.scopes}",
        "end": time_of(at + ck_settings.PERIOD),
        "qty": numeric % f"'{QUANTITY}'",
        "price": numeric % f"'{PRICE}'",
    }
    if database.url.startswith("postgresql"):
        for name in ("begin", "end"):
            values[name] = f"CAST({values[name]} AS timestamp)"
    columns = ",".join(f"{quote}{name}{quote}" for name in names)
    return (
        f"INSERT INTO {POINTS} ({columns}) "
        f"SELECT {','.join(values[name] for name in names)} FROM {SERIES} s "
        f"WHERE s.id > {first} AND s.id <= {last} ORDER BY s.scope, s.id"
    )
