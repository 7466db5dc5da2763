# SPDX-License-Identifier: Apache-2.0
"""Reads of a long history of many scopes: their plans."""

import re

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.db import points
from cloudkitty.storage import base
from cloudkitty.storage import loader
from cloudkitty.storage.v2.sqlalchemy import sqlite
from cloudkitty.tests import base as ck_base
from cloudkitty.tests import databases
from cloudkitty.tests import history

#: More scopes than MariaDB accepts in one list.
SCOPES = 1_010
#: PostgreSQL reads a shorter history as a whole: that is cheaper.
HISTORY = history.History(
    scopes=SCOPES, series=1, days=30, begin=ck_base.utc("2026-03-01")
)
#: More than one part of a statement has there.
MANY = history.History(
    scopes=8_101, series=1, days=1, begin=ck_base.utc("2026-03-02")
)
HOUR = periods.Window(
    ck_base.utc("2026-03-02T10:00"), ck_base.utc("2026-03-02T11:00")
)
TABLE = points.RatedPoint.__tablename__
#: Plans that read the points of one scope outside of the window, or all.
_WALKS = {
    "mariadb": re.compile(rf"'{TABLE}', '(ALL|index|ref)'"),
    "postgresql": re.compile(rf"Seq Scan on {TABLE}"),
    "sqlite": re.compile(
        rf"SCAN {TABLE}|SEARCH {TABLE} USING PRIMARY KEY \(scope=\?\)"
    ),
}
_RANGES = {
    "mariadb": re.compile(rf"'{TABLE}', 'range', 'PRIMARY', 'PRIMARY', '9'"),
    "postgresql": re.compile(r"Index Cond: \(\(scope = .* AND \(begin >= "),
    "sqlite": re.compile(r"\(scope=\? AND begin>\? AND begin<\?\)"),
}


@databases.on_each()
class History:
    backend: str

    def setUp(self):
        super().setUp()
        self.conf = self.make_conf()
        self.database = databases.make_database(self, self.backend, self.conf)
        self.storage = loader.load(self.conf, self.database)
        self.addCleanup(self.empty)

    def empty(self):
        # Quicker than DELETE, by which the schema is emptied otherwise.
        how = "DELETE FROM" if self.backend == "sqlite" else "TRUNCATE TABLE"
        with self.database.engine.begin() as connection:
            for table in points.PointsBase.metadata.tables:
                connection.exec_driver_sql(f"{how} {table}")

    def query(self, scopes=None, **more):
        filters = {}
        if scopes is not None:
            names = [history.name(n) for n in range(1, scopes + 1)]
            filters = {"project_id": names}
        return base.Query(window=HOUR, filters=filters, **more)

    def test_an_hour_is_read_as_a_range_of_each_scope(self):
        history.fill(self.database.engine, HISTORY)
        for scopes in (1, 50, 1000, None):
            expected = scopes or SCOPES
            for label, work in self.works(self.query(scopes)).items():
                with self.subTest(scopes=scopes, work=label):
                    plans, count = self.plans(work)
                    self.assertEqual(expected, count)
                    self.assertRegex("\n".join(plans), _RANGES[self.backend])
                    for plan in plans:
                        self.assertNotRegex(plan, _WALKS[self.backend])

    def test_an_hour_of_more_scopes_than_a_range_can_have(self):
        history.fill(self.database.engine, MANY)
        for label, work in self.works(self.query()).items():
            with self.subTest(work=label):
                plans, count = self.plans(work)
                self.assertEqual(MANY.scopes, count)
                if self.backend == "mariadb":
                    for plan in plans:
                        self.assertNotRegex(plan, _WALKS[self.backend])

    def test_whole_days_are_read_from_their_sums(self):
        history.fill(self.database.engine, HISTORY)
        evening = ck_base.utc("2026-03-02T22:00")
        window = periods.Window(evening, HISTORY.end)
        query = base.Query(window=window)
        for label, groupby in (("total", []), ("project", ["project_id"])):
            with self.subTest(work=label):
                plans, rows = self.plans(
                    lambda groupby=groupby: (
                        self.storage.total(query, groupby).rows
                    )
                )
                hours = 24 * HISTORY.days - 24 - 22
                self.assertEqual(SCOPES * hours, sum(r.points for r in rows))
                [plan] = plans
                self.assertIn(points.RatedDay.__tablename__, plan)
                self.assertNotRegex(plan, _WALKS[self.backend])
                self.assertNotIn("LATERAL", plan)

    def works(self, query):
        storage = self.storage
        return {
            "total": lambda: storage.total(query).rows[0].points,
            "metric": lambda: storage.total(query, ["type"]).rows[0].points,
            "time": lambda: storage.total(query, ["time"]).rows[0].points,
            "project": lambda: storage.total(query, ["project_id"]).total,
            "attribute": lambda: storage.total(query, ["id"]).total,
            "count": lambda: storage.count(query)[0].points,
            "page": lambda: (
                storage.retrieve(
                    base.Query(window=HOUR, filters=query.filters, limit=100)
                ).total
            ),
        }

    def plans(self, work):
        """Return the plans of statements that read points, and the result."""
        statements = []

        def keep(conn, cursor, statement, parameters, *_):
            if re.search(rf"FROM {TABLE}", statement):
                statements.append((statement, parameters))

        engine = self.database.engine
        sa.event.listen(engine, "before_cursor_execute", keep)
        result = work()
        sa.event.remove(engine, "before_cursor_execute", keep)
        return [self.explain(*each) for each in statements], result

    def explain(self, statement, parameters):
        how = "QUERY PLAN " if self.backend == "sqlite" else ""
        with self.database.engine.connect() as connection:
            sqlite.prepare(connection)
            rows = connection.exec_driver_sql(
                f"EXPLAIN {how}{statement}", parameters
            )
            return "\n".join(map(str, rows))
