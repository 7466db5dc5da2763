# SPDX-License-Identifier: Apache-2.0
"""Connections that return to the pool, with and without a transaction."""

import contextlib

import sqlalchemy as sa

from cloudkitty.db import pool_reset
from cloudkitty.db.rules import module_states
from cloudkitty.tests import base
from cloudkitty.tests import databases


class TestPoolReset(base.TestCase):
    def setUp(self):
        super().setUp()
        conf = self.make_conf()
        for name in ("max_pool_size", "max_overflow"):
            conf.set_override(name, 1, group="database")
        self.database = databases.make_database(self, "mariadb", conf)

    def rollbacks(self):
        """Return the number of the connection's ROLLBACK statements."""
        with self.database.reader() as session:
            row = session.execute(
                sa.text("SHOW SESSION STATUS LIKE 'Com_rollback'")
            ).one()
        return int(row[1])

    def set_priority(self, session):
        module_states.set_priority(session, "a", 1)

    def names(self):
        with self.database.reader() as session:
            return set(module_states.get_all(session))

    def test_nothing_follows_a_commit(self):
        before = self.rollbacks()
        for _ in range(3):
            self.database.write(self.set_priority)
        # That of the reader.
        self.assertEqual(before + 1, self.rollbacks())

    def test_open_transaction_is_rolled_back(self):
        with contextlib.closing(self.database.engine.raw_connection()) as raw:
            raw.cursor().execute(
                "INSERT INTO modules_state (name, state, priority) "
                "VALUES ('raw', 1, 1)"
            )
        # On another connection too, which would wait for the row.
        with (
            self.database.reader() as session,
            self.database.writer() as other,
        ):
            module_states.set_priority(other, "raw", 2)
            self.assertNotIn("raw", module_states.get_all(session))

    def test_failed_first_statement_leaves_no_transaction(self):
        self.database.write(self.set_priority)
        before = self.rollbacks()
        statement = sa.text(
            "INSERT INTO modules_state (name, state, priority) "
            "VALUES ('b', 1, 1), ('a', 1, 1)"
        )
        with contextlib.suppress(Exception), self.database.writer() as session:
            session.execute(statement)
        self.assertEqual(before + 2, self.rollbacks())
        self.assertEqual({"a"}, self.names())

    def test_other_drivers_are_left_alone(self):
        for name in ("postgresql+psycopg2", "sqlite", "mysql+mysqldb"):
            url = sa.make_url(f"{name}://a/b")
            self.assertIs(url, pool_reset.install(url))
