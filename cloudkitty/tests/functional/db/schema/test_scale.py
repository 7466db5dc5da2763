# SPDX-License-Identifier: Apache-2.0
"""One request for ten thousand scopes, and hostile names among them."""

import datetime

import sqlalchemy as sa

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import base
from cloudkitty.tests import claiming
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks

NOW = base.utc("2026-11-23T12:00")
COUNT = 10_000
#: Such as no database can hold, or such as one of them takes for another.
HOSTILE = (
    "a\x00b",
    "\ud800",
    "%",
    "a' OR '1'='1",
    'a" --',
    "\\",
    "a\n",
    " a",
    "a ",
    "A",
    "\u00e4",
    "a\u0308",
    "\N{ROCKET}",
    "x" * 256,
    "x" * 5000,
    "",
)


@databases.on_each()
class Scale:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.names = [f"scope-{number:05}" for number in range(COUNT)]

    def insert_scopes(self, names):
        with self.database.writer() as session:
            session.execute(
                sa.insert(scope_models.ScopeState),
                [
                    {
                        "identifier": name,
                        "scope_key": "project_id",
                        "fetcher": "source",
                        "collector": "openmetrics",
                        "last_processed_timestamp": NOW,
                        "active": True,
                    }
                    for name in names
                ],
            )

    def insert_tasks(self, names):
        tasks = [new_tasks.make(name, NOW) for name in names]
        with self.database.writer() as session:
            new_tasks.insert(session, tasks, NOW)

    def count_statements(self):
        statements = []
        sa.event.listen(
            self.database.engine,
            "before_cursor_execute",
            lambda conn, cursor, statement, *_: statements.append(statement),
        )
        return statements

    def test_a_request_for_all_takes_few_statements(self):
        self.insert_scopes(self.names)
        statements = self.count_statements()
        with self.database.writer() as session:
            found = scope_queries.find(session, identifiers=self.names)
            scope_updates.touch(session, [state.id for state in found])
            taken = task_queries.unfinished(session, self.names)
        self.insert_tasks(self.names)
        self.assertEqual((COUNT, []), (len(found), taken))
        # One statement for each scope would take seconds. These are the
        # begin, pieces of 1,000 for each of the four steps, and the splits of
        # the driver.
        self.assertLess(len(statements), 80)
        with self.database.reader() as session:
            self.assertEqual(
                COUNT, len(task_queries.unfinished(session, self.names))
            )

    def test_claims_do_not_scan_finished_tasks(self):
        self.insert_tasks(self.names)
        with self.database.writer() as session:
            session.execute(
                sa.update(task_models.Reprocess)
                .where(task_models.Reprocess.identifier != self.names[-1])
                .values(state="succeeded")
            )
        self.analyze()
        looks = []
        sa.event.listen(
            self.database.engine,
            "before_cursor_execute",
            lambda conn, cursor, statement, parameters, *_: looks.append(
                (statement, parameters)
            ),
        )
        claimed = self.database.write(self.claim)
        self.assertEqual(self.names[-1], claimed.scope_id)
        [plan] = [
            self.explain(statement, parameters)
            for statement, parameters in list(looks)
            if "ORDER BY" in statement
        ]
        # Scheduled tasks, tasks without a processor, tasks of upstream.
        self.assertGreaterEqual(plan.count("ix_reprocessing_state_id"), 3)
        self.assertNotIn(
            {
                "sqlite": "SCAN storage_scope_reprocessing_schedule'",
                "mariadb": "'storage_scope_reprocessing_schedule', 'ALL'",
                "postgresql": "Seq Scan",
            }[self.backend],
            plan,
        )

    def explain(self, statement, parameters):
        explain = "EXPLAIN"
        if self.backend == "sqlite":
            explain = "EXPLAIN QUERY PLAN"
        with self.database.engine.connect() as connection:
            found = connection.exec_driver_sql(
                f"{explain} {statement}", parameters
            )
            return str(found.all())

    def analyze(self):
        analyze = {"mariadb": "ANALYZE TABLE", "postgresql": "ANALYZE"}
        table = task_models.Reprocess.__tablename__
        if self.backend in analyze:
            with self.database.engine.begin() as connection:
                connection.exec_driver_sql(f"{analyze[self.backend]} {table}")

    def claim(self, session):
        return claiming.claim_next(
            session,
            owner="one",
            now=NOW + datetime.timedelta(seconds=1),
            lease_seconds=60,
        )

    def test_names_are_unique(self):
        storable = []
        for name in HOSTILE:
            scope = new_scopes.make(name)
            with self.database.reader() as session:
                # Whatever is asked for, the answer is a list.
                self.assertIsNone(scope_queries.get(session, scope))
                self.assertIsNone(task_queries.latest(session, name))
            if "\x00" in name or "\ud800" in name or len(name) > 256:
                continue
            storable.append(name)
            with self.database.writer() as session:
                scope_updates.create(session, scope, NOW)
            self.insert_tasks([name])
        with self.database.reader() as session:
            for name in storable:
                (state,) = scope_queries.find(session, identifiers=[name])
                (task,) = task_queries.unfinished(session, [name])
                self.assertEqual(name, state.scope.identifier)
                self.assertEqual(name, task.scope_id)
            self.assertEqual(
                len(storable),
                scope_queries.count(session, identifiers=HOSTILE),
            )
            self.assertEqual(
                len(storable), task_queries.count(session, scope_ids=HOSTILE)
            )

    def test_the_exact_comparison_keeps_the_index(self):
        self.insert_scopes(self.names)
        with self.database.reader() as session:
            statements = []
            sa.event.listen(
                self.database.engine,
                "before_cursor_execute",
                lambda conn, cursor, statement, parameters, *_: (
                    statements.append((statement, parameters))
                ),
            )
            session.scalars(
                sa.select(scope_models.ScopeState.id).where(
                    exact_text.one_of(
                        session,
                        scope_models.ScopeState.identifier,
                        self.names[:1],
                    )
                )
            ).one()
        # SQLite names the index of a unique key in its own way.
        self.assertIn(
            "INDEX sqlite_autoindex_cloudkitty_storage_states_1"
            if self.backend == "sqlite"
            else "uq_cloudkitty_storage_states_identifier",
            self.explain(*statements[-1]),
        )
