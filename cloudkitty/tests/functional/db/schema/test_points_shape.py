# SPDX-License-Identifier: Apache-2.0
"""Rated points of before revision 0003 are kept by the upgrade."""

import collections
import datetime
import decimal

import sqlalchemy as sa

from cloudkitty.common import money
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import points
from cloudkitty.db.sql import types
from cloudkitty.tests import databases
from cloudkitty.tests.functional.db.schema import broken_copy

BEGIN = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
WIDE = sa.Table(
    "cloudkitty_rated_points",
    sa.MetaData(),
    sa.Column("scope_id", types.ExactText(256)),
    sa.Column("scope_key", sa.String(40)),
    sa.Column("begin", types.UTCDateTime()),
    sa.Column("end", types.UTCDateTime()),
    sa.Column("metric", types.ExactText(255)),
    sa.Column("unit", sa.String(255)),
    sa.Column("qty", types.ExactNumeric(65, 28)),
    sa.Column("price", types.ExactNumeric(65, 28)),
    sa.Column("groupby", sa.JSON()),
    sa.Column("metadata", sa.JSON()),
    sa.Column("description", sa.Text()),
)


def wide_rows():
    """Return rows of two scopes; one has the same point twice."""
    rows = [
        {
            "scope_id": scope,
            "scope_key": key,
            "begin": BEGIN + hour * HOUR,
            "end": BEGIN + (hour + 1) * HOUR,
            "metric": metric,
            "unit": "GiB",
            "qty": decimal.Decimal(hour),
            "price": decimal.Decimal("0.1234567890123456789012345678"),
            "groupby": {"id": f"i-{hour % 2}", "name": "\u00e9"},
            "metadata": {},
            "description": None,
        }
        for scope, key in (
            ("a", "project_id"),
            ("A", "project_id"),
            ("a", "k"),
        )
        for hour in range(30)
        for metric in ("cpu", "CPU")
    ]
    return [*rows, rows[0]]


def comparable(rows):
    return sorted(
        tuple((name, plain(row[name])) for name in WIDE.columns.keys())
        for row in rows
    )


def plain(value):
    if isinstance(value, decimal.Decimal):
        value = money.canonical(value)
    return str(value)


@databases.on_each()
class Shapes:
    backend: str

    def setUp(self):
        super().setUp()
        url = databases.make_url(self, self.backend, migrated=False)
        self.database = facade.Database(self.make_conf(), url)
        self.addCleanup(self.database.dispose)
        migration.upgrade(self.database, "0002")
        with self.database.engine.begin() as connection:
            connection.execute(WIDE.insert(), wide_rows())

    def read(self):
        with self.database.reader() as session:
            return session.execute(points.whole()).mappings().all()

    def check(self):
        self.assertEqual(comparable(wide_rows()), comparable(self.read()))
        with self.database.reader() as session:
            # Two kinds of id, two metrics, three scopes.
            count = sa.select(sa.func.count()).select_from(points.RatedSeries)
            self.assertEqual(12, session.scalar(count))
        self.check_days()

    def check_days(self):
        """The complete day of each scope is summed up."""
        found = collections.defaultdict(list)
        day = datetime.timedelta(days=1)
        with self.database.reader() as session:
            rows = session.execute(sa.select(points.RatedPoint.__table__))
            for row in rows:
                if row.begin < BEGIN + day:
                    found[row.scope, row.series].append(row.price)
            days = session.execute(sa.select(points.RatedDay.__table__)).all()
        self.assertEqual(
            {key: (len(v), money.total(v)) for key, v in found.items()},
            {(row.scope, row.series): (row.points, row.price) for row in days},
        )

    def test_every_point_is_kept(self):
        migration.upgrade(self.database)
        self.check()
        self.assertEqual([], migration.differences(self.database))
        migration.upgrade(self.database)
        self.check()

    def test_a_copy_that_was_broken_off_begins_anew(self):
        repair = broken_copy.break_off(self)
        self.assertRaises(
            KeyboardInterrupt, migration.upgrade, self.database, "head"
        )
        repair()
        migration.upgrade(self.database)
        self.check()
