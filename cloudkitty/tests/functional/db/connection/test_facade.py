# SPDX-License-Identifier: Apache-2.0
"""Transactions on real databases: retries and visibility."""

import concurrent.futures
import datetime
import os
import threading

import sqlalchemy as sa
from oslo_db import exception as db_exception

from cloudkitty.db import facade
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import module_states
from cloudkitty.tests import databases


class Interrupted(Exception):
    """Raised in the middle of a transaction."""


def add_one(session, name):
    """Count the priority of a module up."""
    session.execute(
        sa.update(rule_models.ModuleState)
        .where(rule_models.ModuleState.name == name)
        .values(priority=rule_models.ModuleState.priority + 1)
    )


class Transactions:
    """The tests of each database."""

    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        with self.database.writer() as session:
            module_states.set_priority(session, "a", 1)
            module_states.set_priority(session, "b", 1)

    def priorities(self, database=None):
        with (database or self.database).reader() as session:
            states = module_states.get_all(session)
        return {name: state.priority for name, state in states.items()}

    def test_transactions_are_atomic(self):
        def interrupted():
            with self.database.writer() as session:
                add_one(session, "a")
                raise Interrupted

        self.assertRaises(Interrupted, interrupted)
        self.assertEqual({"a": 1, "b": 1}, self.priorities())

    def test_integrity_errors_are_not_retried(self):
        tries = []

        def twice_the_same(session):
            tries.append(1)
            session.add(rule_models.ModuleState(name="a", state=True))

        self.assertRaises(
            db_exception.DBDuplicateEntry, self.database.write, twice_the_same
        )
        self.assertEqual(1, len(tries))

    def test_the_result_is_returned(self):
        self.assertEqual(7, self.database.write(lambda session: 7))

    def test_a_reader_does_not_wait_for_a_writer(self):
        with self.database.writer() as session:
            add_one(session, "a")
            self.assertEqual({"a": 1, "b": 1}, self.priorities())
        self.assertEqual({"a": 2, "b": 1}, self.priorities())

    def test_no_count_is_lost(self):
        def count_up(number):
            for _ in range(5):
                self.database.write(read_and_write)

        def read_and_write(session):
            row = session.get(
                rule_models.ModuleState, "a", with_for_update=True
            )
            row.priority += 1

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(count_up, range(8)))
        self.assertEqual({"a": 41, "b": 1}, self.priorities())

    def test_transactions_that_cross_are_repeated(self):
        tries = []
        meeting = threading.Barrier(2)

        def cross(names):
            def work(session):
                tries.append(names)
                add_one(session, names[0])
                if len(tries) <= 2 and self.backend != "sqlite":
                    # Both hold their first row now. (SQLite has one writer.)
                    meeting.wait(timeout=30)
                add_one(session, names[1])

            self.database.write(work)

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(cross, ["ab", "ba"]))
        self.assertEqual({"a": 3, "b": 3}, self.priorities())
        self.assertEqual(2 if self.backend == "sqlite" else 3, len(tries))

    def test_rows_committed_before_the_lock_are_seen(self):
        locked = threading.Event()
        seen = []

        def first():
            with self.database.writer() as session:
                add_one(session, "a")
                locked.set()
                self.pause()
                add_one(session, "b")

        def second():
            locked.wait(timeout=30)
            with self.database.writer() as session:
                # The read before the lock must not fix the snapshot.
                session.scalars(sa.select(rule_models.ModuleState.name)).all()
                add_one(session, "a")
                seen.append(
                    session.scalar(
                        sa.select(rule_models.ModuleState.priority).where(
                            rule_models.ModuleState.name == "b"
                        )
                    )
                )

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(first), pool.submit(second)]:
                done.result()
        self.assertEqual([2], seen)

    def pause(self):
        threading.Event().wait(0.3)

    def test_the_database_time_is_utc(self):
        with self.database.writer() as session:
            now = session.scalar(
                sa.select(sa.func.now(type_=sa.DateTime(timezone=False)))
            )
        utc = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        self.assertLess(
            abs(now.replace(tzinfo=None) - utc), datetime.timedelta(minutes=1)
        )

    def test_a_forked_process_takes_connections_of_its_own(self):
        before = self.priorities()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                self.database.write(lambda session: add_one(session, "a"))
                self.database.dispose()
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        self.assertEqual(0, os.waitstatus_to_exitcode(status))
        self.assertEqual({"a": 2, "b": 1}, self.priorities())
        self.assertEqual({"a": 1, "b": 1}, before)

    def test_in_use_again_after_dispose(self):
        self.database.dispose()
        self.assertEqual({"a": 1, "b": 1}, self.priorities())


@databases.on_each(("sqlite",))
class File(Transactions):
    """What only a file can do."""

    def test_a_locked_database_is_tried_again(self):
        engine = self.database.engine
        # Not to wait for the seconds that are meant for real life.
        sa.event.listen(
            engine,
            "connect",
            lambda connection, _: connection.execute("PRAGMA busy_timeout=1"),
        )
        engine.dispose()
        other = facade.Database(
            self.make_conf(), engine.url.render_as_string(False)
        )
        self.addCleanup(other.dispose)
        tries = []
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            with other.writer() as session:
                add_one(session, "b")
                refused = self.assertRaises(
                    db_exception.DBDeadlock, self.enter_writer
                )
                self.assertTrue(facade.retriable(refused))
                done = pool.submit(
                    self.database.write,
                    lambda session: tries.append(add_one(session, "a")),
                )
                self.pause()
                self.assertEqual([], tries)
            done.result(timeout=30)
        self.assertEqual({"a": 2, "b": 2}, self.priorities())

    def enter_writer(self):
        with self.database.writer():
            self.fail("there are two writers")

    def test_files_are_set_up_for_readers_beside_a_writer(self):
        with self.database.reader() as session:
            found = {
                name: session.scalar(sa.text(f"PRAGMA {name}"))
                for name in ("journal_mode", "foreign_keys", "synchronous")
            }
        self.assertEqual(
            {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1},
            found,
        )


_OWN_ID = {
    "mariadb": "SELECT CONNECTION_ID()",
    "postgresql": "SELECT pg_backend_pid()",
}
_KILL = {
    "mariadb": "KILL :id",
    "postgresql": "SELECT pg_terminate_backend(:id)",
}
_ELSEWHERE = {
    "mariadb": {"init_command": "SET time_zone = '+05:00'"},
    "postgresql": {"options": "-c TimeZone=Asia/Tokyo"},
}


@databases.on_each(databases.SERVERS)
class Server(Transactions):
    """What only a server can do."""

    def test_connections_opened_beforehand_are_used(self):
        opened = []
        self.database.dispose()
        sa.event.listen(
            self.database.engine, "connect", lambda *args: opened.append(args)
        )
        self.database.connect(2)
        self.assertEqual(2, len(opened))
        with self.database.reader() as outer, self.database.writer() as inner:
            outer.execute(sa.text("SELECT 1"))
            inner.execute(sa.text("SELECT 1"))
        self.assertEqual(2, len(opened))

    def test_a_lost_connection_is_made_again(self):
        tries = []

        def work(session):
            tries.append(1)
            add_one(session, "a")
            if len(tries) == 1:
                self.kill(session.scalar(sa.text(_OWN_ID[self.backend])))
            add_one(session, "b")

        self.database.write(work)
        self.assertEqual(2, len(tries))
        self.assertEqual({"a": 2, "b": 2}, self.priorities())

    def kill(self, connection_id):
        with self.database.engine.connect() as connection:
            connection.execute(
                sa.text(_KILL[self.backend]), {"id": connection_id}
            )

    def test_the_zone_of_the_server_does_not_matter(self):
        url = self.database.engine.url.update_query_dict(
            _ELSEWHERE[self.backend]
        )
        self.database = facade.Database(
            self.make_conf(), url.render_as_string(hide_password=False)
        )
        self.addCleanup(self.database.dispose)
        self.test_the_database_time_is_utc()
