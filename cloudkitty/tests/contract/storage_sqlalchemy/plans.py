# SPDX-License-Identifier: Apache-2.0
"""Query plans: each statement reads a range of the primary key."""

import sqlalchemy as sa

from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import sqlite
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.contract.storage_sqlalchemy import case


class Plans(case.SQLCase):
    """Tests of the plans of all statements."""

    #: How each database says that it reads a range of the primary key.
    RANGES = {
        "sqlite": r"USING PRIMARY KEY \(scope=\? AND begin>\? AND begin<\?\)",
        "mariadb": "'range', 'PRIMARY",
        "postgresql": "pk_cloudkitty_rated_points",
    }

    def test_one_scope_and_window_is_an_index_range(self):
        scope, window = new_scopes.make("p1"), usage.hours(0, 2)
        query = base.Query(window=window, filters={"project_id": ["p1"]})

        def work():
            self.storage.replace(scope, window, usage.frames(0, 2))
            self.storage.total(query, ["type"])

        self.check_plans(work)

    def test_all_scopes_are_an_index_range_each(self):
        for number in range(5):
            self.replace(
                f"r{number}", usage.hours(0, 1500), usage.frames(0, 1500)
            )
        query = base.Query(window=usage.hours(0, 2), limit=10)

        def work():
            self.storage.total(query, ["type"])
            self.storage.retrieve(query)

        self.check_plans(work)

    def test_sets_of_scopes_are_an_index_range_each(self):
        window = usage.hours(0, 2)
        pieces = [
            base.Replacement(
                new_scopes.make(f"q{number}"), window, usage.frames(0, 2)
            )
            for number in range(5)
        ]
        # Scopes with points, and scopes at other periods.
        old = pieces[0]._replace(
            window=usage.hours(3, 4), frames=usage.frames(3, 4)
        )
        self.storage.replace_many([*pieces, old])
        self.check_plans(lambda: self.storage.replace_many([*pieces, old]))
        self.check_plans(lambda: self.storage.replace_many(pieces))

    def check_plans(self, work):
        """Let each statement of ``work`` read a range of the primary key."""
        statements = []
        engine = self.storage.points_database.engine

        def explain(conn, cursor, statement, parameters, context, many):
            if statement.startswith(("DELETE", "SELECT")):
                statements.append((statement, parameters))

        sa.event.listen(engine, "before_cursor_execute", explain)
        work()
        sa.event.remove(engine, "before_cursor_execute", explain)
        plans = self.explain(engine, statements)
        self.assertTrue(plans)
        for plan in plans:
            self.assertRegex(plan, self.RANGES[self.backend])

    def explain(self, engine, statements):
        """Return the plans of statements that read the table."""
        self.replace("p1", usage.hours(0, 2), usage.frames(0, 2))
        if engine.dialect.name != "sqlite":
            self._fill(engine)
        plans = []
        with engine.connect() as connection:
            sqlite.prepare(connection)
            for statement, parameters in statements:
                if case.TABLE.name not in statement:
                    continue
                if "AS oldest" in statement:
                    # One row at each end of the scope's range.
                    continue
                how = "QUERY PLAN " if self.backend == "sqlite" else ""
                rows = connection.exec_driver_sql(
                    f"EXPLAIN {how}{statement}", parameters
                ).all()
                plans.append(str(rows))
            connection.rollback()
        return plans

    def _fill(self, engine):
        # Servers take an index only where it pays.
        for number in range(40):
            self.replace(f"q{number}", usage.hours(0, 50), usage.frames(0, 50))
        with engine.begin() as connection:
            how = "TABLE " if self.backend == "mariadb" else ""
            connection.exec_driver_sql(f"ANALYZE {how}{case.TABLE.name}")
