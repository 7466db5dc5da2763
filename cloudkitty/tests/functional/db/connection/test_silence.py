# SPDX-License-Identifier: Apache-2.0
"""A database that no byte comes from any more is given up in bounded time."""

import contextlib
import time

import sqlalchemy as sa
from oslo_db import exception as db_exception

from cloudkitty.db import facade
from cloudkitty.db.rules import module_states
from cloudkitty.tests import database_servers
from cloudkitty.tests import databases
from cloudkitty.tests import silent_proxy

#: More than any limit set here, all together.
BOUND_SECONDS = 12
_SLEEP = {"mariadb": "SELECT SLEEP(3)", "postgresql": "SELECT pg_sleep(3)"}


@databases.on_each(databases.SERVERS)
class Silence:
    backend: str

    def setUp(self):
        super().setUp()
        self.direct = sa.make_url(databases.make_url(self, self.backend))
        port = database_servers.port(self.direct)
        self.proxy = self.useFixture(silent_proxy.SilentProxy(port))
        self.database = self.make_database()

    def make_database(self, url=None, long_statements=False, **options):
        conf = self.make_conf(
            database={
                "connect_timeout": 2,
                "read_timeout": 2,
                "write_timeout": 2,
                "retry_seconds": 3,
                "max_retries": 0,
                **options,
            }
        )
        url = url or self.direct.set(port=self.proxy.port)
        made = facade.Database(
            conf,
            url.render_as_string(hide_password=False),
            long_statements=long_statements,
        )
        self.addCleanup(made.dispose)
        return made

    def put(self, session):
        module_states.set_priority(session, "a", 1)

    def fails_in_time(self, work, *arguments):
        began = time.monotonic()
        error = self.assertRaises(
            db_exception.DBConnectionError, work, *arguments
        )
        self.assertLess(time.monotonic() - began, BOUND_SECONDS)
        self.assertTrue(facade.retriable(error))

    def test_a_statement_is_given_up(self):
        self.database.write(self.put)
        self.proxy.silence()
        self.fails_in_time(self.database.write, self.put)

    def test_a_commit_is_given_up(self):
        def work():
            with self.database.writer() as session:
                self.put(session)
                self.proxy.silence()

        self.fails_in_time(work)

    def test_a_reader_is_given_up(self):
        def read():
            with self.database.reader() as session:
                self.proxy.silence()
                module_states.get_all(session)

        self.fails_in_time(read)

    def test_a_new_connection_is_given_up(self):
        self.proxy.silence()
        self.fails_in_time(self.database.write, self.put)

    def test_it_continues_when_the_server_is_back(self):
        self.database.write(self.put)
        self.proxy.silence()
        self.fails_in_time(self.database.write, self.put)
        self.proxy.speak()
        self.database.write(self.put)
        with self.database.reader() as session:
            self.assertIn("a", module_states.get_all(session))

    def test_the_url_goes_first(self):
        url = self.direct.set(port=self.proxy.port)
        database = self.make_database(
            url.update_query_dict({"read_timeout": "2"}), read_timeout=3600
        )
        database.write(self.put)
        self.proxy.silence()
        self.fails_in_time(database.write, self.put)

    def test_a_long_statement_is_not_cut(self):
        for database in (
            self.make_database(long_statements=True),
            self.make_database(read_timeout=30),
        ):
            with database.reader() as session:
                session.execute(sa.text(_SLEEP[self.backend]))

    def test_slow_statements_within_the_limit_succeed(self):
        for _ in range(2):
            with self.database.reader() as session:
                shorter = _SLEEP[self.backend].replace("3", "1")
                session.execute(sa.text(shorter))

    def test_a_waiting_statement_that_fails_is_forgotten(self):
        with (
            contextlib.suppress(db_exception.DBError, sa.exc.DBAPIError),
            self.database.reader() as session,
        ):
            session.execute(sa.text("SELECT nothing"))
        time.sleep(3)
        self.database.write(self.put)
