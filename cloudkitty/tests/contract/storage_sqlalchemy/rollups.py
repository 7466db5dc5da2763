# SPDX-License-Identifier: Apache-2.0
"""Sums of whole days: each total equals the sum of the points themselves."""

import collections
import datetime
import decimal
import itertools
import random

import sqlalchemy as sa

from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.db import points
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import purge
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.contract.storage_sqlalchemy import case

DAYS: sa.Table = points.RatedDay.__table__
SCOPES: sa.Table = points.RatedScope.__table__
_NAMES = ("p1", "p2", "p3")
_METRICS = ("cpu", "ram")
_GROUPS = ((), ("type",), ("project_id",), ("id", "type"), ("time",))
_CHANGES, _QUERIES = 20, 6
_MANY = decimal.Decimal("4e36")


class Rollups(case.SQLCase):
    """Tests of the sums of days."""

    def test_each_total_is_the_sum_of_its_points(self):
        # Always the same numbers: a failure can be repeated.
        chance = random.Random(16)
        for number in range(_CHANGES):
            chance.choice(self._changes())(chance)
            rows = self.rows()
            for _ in range(_QUERIES):
                query, groupby = self._query(chance)
                self.assertEqual(
                    self._expected(rows, query, groupby),
                    self._totals(query, groupby),
                    (number, query, groupby),
                )
        with self.connection() as connection:
            self.assertTrue(connection.execute(sa.select(DAYS)).all())

    def test_hours_of_a_day_are_summed_up_once(self):
        for hour in range(23):
            self.replace(
                "p1", usage.hours(hour, hour + 1), usage.frames(hour, hour + 1)
            )
            self.assertEqual([], self.days())
        self.replace("p1", usage.hours(23, 24), usage.frames(23, 24))
        self.assertEqual([(24, 24)] * 2, self.days())
        # A part of a complete day is summed up again, or emptied.
        self.replace("p1", usage.hours(3, 5), usage.frames(3, 5, price="2"))
        self.assertEqual([(24, 26)] * 2, self.days())
        self.replace("p1", usage.hours(1, 20), [])
        self.assertEqual([(5, 5)] * 2, self.days())
        self.storage.delete(new_scopes.make("p1"), base.EVER)
        self.assertEqual([], self.days())

    def test_points_without_sums_are_summed_up_by_the_next_writer(self):
        self.replace("p1", usage.hours(0, 72), usage.frames(0, 72))
        with self.connection() as connection:
            connection.execute(SCOPES.update().values(rolled_before=None))
            connection.execute(DAYS.delete())
        self.assertEqual(144, self.rate("p1"))
        self.replace("p1", usage.hours(60, 61), [])
        self.assertEqual(142, self.rate("p1"))
        # Two series of two whole days.
        self.assertEqual(4, len(self.days()))

    def test_a_sum_that_does_not_fit_is_read_from_the_points(self):
        for sign in (1, -1):
            self.replace(
                f"p{sign}",
                usage.hours(0, 24),
                [
                    usage.frame(
                        hour, cpu=[usage.point("1", str(sign * _MANY))]
                    )
                    for hour in (0, 1, 2)
                ],
            )
        self.assertEqual([(3, None)] * 2, self.days())
        window = usage.hours(0, 24)
        for name in ("p1", "p-1"):
            query = base.Query(window=window, filters={"project_id": [name]})
            self.assertRaises(base.StorageError, self.storage.total, query)
        self.replace("p1", usage.hours(1, 3), [])
        self.assertEqual(_MANY, self.rate("p1", window))

    def test_days_left_by_an_earlier_release_are_removed(self):
        """It deletes points without their sums; NULL is the remedy."""
        self.replace("p1", usage.hours(0, 72), usage.frames(0, 72))
        with self.connection() as connection:
            connection.execute(
                case.TABLE.delete().where(
                    case.TABLE.c.begin < usage.hours(48, 49).begin
                )
            )
            connection.execute(SCOPES.update().values(rolled_before=None))
        self.replace("p1", usage.hours(60, 72), usage.frames(60, 72))
        self.assertEqual([(24, 24)] * 2, self.days())
        self.assertEqual(48, self.rate("p1", usage.hours(0, 72)))

    def test_days_of_deleted_series_and_scopes_are_deleted(self):
        for name in ("p1", "p2"):
            self.replace(name, usage.hours(0, 24), usage.frames(0, 24))
        with self.connection() as connection:
            # As an earlier release does.
            connection.execute(case.TABLE.delete())
        self.replace("p2", usage.hours(24, 25), usage.frames(24, 25))
        self._clean()
        self.assertEqual([], self.days(of="p1"))
        self.assertEqual(2, len(self.days(of="p2")))
        self.replace("p3", usage.hours(0, 48), usage.frames(0, 48))
        self.assertEqual(96, self.rate("p3", usage.hours(0, 48)))

    def connection(self):
        return self.storage.points_database.engine.begin()

    def days(self, of=None):
        """Return the number of points and the price of each row."""
        query = sa.select(DAYS).join(SCOPES, SCOPES.c.id == DAYS.c.scope)
        if of is not None:
            query = query.where(SCOPES.c.scope_id == of)
        with self.connection() as connection:
            rows = connection.execute(query).all()
        return [(row.points, row.price) for row in rows]

    def _changes(self):
        return (
            self._replace,
            self._replace_many,
            self._add,
            self._delete,
            self._purge,
        )

    def _replace(self, chance):
        piece = _piece(chance, chance.choice(_NAMES), _window(chance, 60))
        self.replace(
            piece.scope.identifier,
            piece.window,
            piece.frames,
            metrics=piece.metrics,
        )

    def _replace_many(self, chance):
        """Replace the points of several scopes in one or more windows."""
        first = chance.randrange(-30, 80)
        edges = [first, first + 9, first + 20, first + 50]
        self.storage.replace_many(
            _piece(chance, name, usage.hours(*window))
            for name in chance.sample(_NAMES, 2)
            for window in chance.sample(list(itertools.pairwise(edges)), 2)
        )

    def _purge(self, chance):
        name = chance.choice(_NAMES)
        self.storage.purge(new_scopes.make(name), _window(chance, 40), None)
        self._clean()

    def _clean(self):
        for _ in purge.orphans(self.storage.points_database, dry_run=False):
            pass

    def _add(self, chance):
        first, last = _numbers(_window(chance, 6))
        self.storage.add(
            {
                new_scopes.make(name): [
                    _frame(chance, hour, _METRICS)
                    for hour in range(first, last)
                ]
                for name in chance.sample(_NAMES, 2)
            }
        )

    def _delete(self, chance):
        self.storage.delete(
            new_scopes.make(chance.choice(_NAMES)),
            _window(chance, 40),
            metrics=chance.choice((None, ["ram"])),
        )

    def _query(self, chance):
        filters = {}
        if chance.random() < 0.5:
            filters["project_id"] = chance.sample(
                _NAMES, chance.choice((1, 2))
            )
        if chance.random() < 0.3:
            filters["id"] = [chance.choice("abc")]
        return (
            base.Query(
                window=_window(chance, 150),
                filters=filters,
                metrics=chance.choice(((), ("cpu",))),
            ),
            chance.choice(_GROUPS),
        )

    def _totals(self, query, groupby, transaction=None):
        return {
            (row.begin if "time" in groupby else None, *row.groups.values()): (
                row.qty,
                row.rate,
                row.points,
            )
            for row in self.storage.total(
                query, groupby, transaction=transaction
            ).rows
        }

    def _expected(self, rows, query, groupby):
        found = collections.defaultdict(list)
        for row in rows:
            values = {
                **row.groupby,
                "project_id": row.scope_id,
                "type": row.metric,
            }
            if (
                query.window.begin <= row.begin < query.window.end
                and row.metric in (query.metrics or _METRICS)
                and all(values[k] in v for k, v in query.filters.items())
            ):
                by = [values[name] for name in groupby if name != "time"]
                time = row.begin if "time" in groupby else None
                found[time, *by].append(row)
        return {
            key: (
                money.total(row.qty for row in group),
                money.total(row.price for row in group),
                len(group),
            )
            for key, group in found.items()
        }


class RollupsInTransactions(Rollups):
    """Tests of a storage that takes part in the caller's transaction."""

    def test_totals_in_the_transaction_of_the_change(self):
        chance = random.Random(17)
        for number in range(_CHANGES):
            query, groupby = self._query(chance)
            with self.storage.database.writer() as session:
                for _ in range(chance.choice((1, 2))):
                    name = chance.choice(_NAMES)
                    self.storage.replace_many(
                        [_piece(chance, name, _window(chance, 60))],
                        transaction=session,
                    )
                found = self._totals(query, groupby, session)
            self.assertEqual(
                self._expected(self.rows(), query, groupby),
                found,
                (number, query, groupby),
            )


def _window(chance, most):
    first = chance.randrange(-30, 100)
    return usage.hours(first, first + chance.randrange(1, most))


def _piece(chance, name, window):
    metrics = chance.choice((None, ["cpu"]))
    frames = [
        _frame(chance, hour, metrics or _METRICS)
        for hour in range(*_numbers(window))
        if chance.random() < 0.9
    ]
    return base.Replacement(new_scopes.make(name), window, frames, metrics)


def _numbers(window: periods.Window):
    hour = datetime.timedelta(hours=1)
    return [(at - usage.BEGIN) // hour for at in (window.begin, window.end)]


def _frame(chance, hour, metrics):
    return usage.frame(
        hour,
        **{
            metric: [
                usage.point(
                    str(chance.randrange(5)),
                    f"{chance.randrange(-9, 99)}.{chance.randrange(10**9)}",
                    {"id": ident},
                )
                for ident in chance.sample("abc", 2)
            ]
            for metric in metrics
        },
    )
