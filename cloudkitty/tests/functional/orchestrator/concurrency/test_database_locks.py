# SPDX-License-Identifier: Apache-2.0
"""Locks in the session of a database server, beside those of tooz."""

import urllib.parse
import uuid

import sqlalchemy as sa
from tooz import coordination

from cloudkitty.common import exceptions
from cloudkitty.orchestrator import locks
from cloudkitty.orchestrator.lock_backends import postgresql
from cloudkitty.tests import base
from cloudkitty.tests import database_servers
from cloudkitty.tests import databases


class _Case:
    backend: str

    def setUp(self):
        super().setUp()
        url = sa.make_url(
            databases.make_url(self, self.backend, migrated=False)
        )
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        scheme = {"mariadb": "mysql", "postgresql": "postgresql"}
        self.url = (
            f"{scheme[self.backend]}://{url.username}:{url.password}@"
            f"{url.host}:{url.port or database_servers.port(url)}/"
            f"{url.database}"
        )
        self.ours = self.make_locks()
        # Locks of MariaDB belong to the whole server.
        self.names = [
            self.ours.names.of_scope(f"{uuid.uuid4().hex}-{n}")
            for n in range(8)
        ]

    def make_locks(self):
        conf = self.make_conf(orchestrator={"coordination_url": self.url})
        made = locks.Locks(conf)
        made.start()
        self.addCleanup(made.stop)
        return made

    def make_upstream(self):
        """Return a coordinator as upstream's processor has it."""
        coordinator = coordination.get_coordinator(self.url, b"upstream")
        coordinator.start()
        self.addCleanup(coordinator.stop)
        return coordinator

    def end_session(self, made):
        """End the session of ``made`` at the server, as a restart does."""
        connection = made._backend._connection
        if self.backend == "mariadb":
            statement = f"KILL {connection.thread_id()}"
        else:
            number = connection.info.backend_pid
            statement = f"SELECT pg_terminate_backend({number}, 5000)"
        with self.engine.connect() as admin:
            admin.exec_driver_sql(statement)


@databases.on_each(databases.SERVERS)
class _DatabaseLocks(_Case):
    def test_only_the_free_locks_are_acquired(self):
        theirs = self.make_locks()
        with theirs.try_hold_many(self.names[:2]) as before:
            self.assertEqual(frozenset(self.names[:2]), before)
            with self.ours.try_hold_many(self.names) as acquired:
                self.assertEqual(frozenset(self.names[2:]), acquired)
                with theirs.try_hold_many(self.names) as none:
                    self.assertEqual(frozenset(), none)
        with theirs.try_hold_many(self.names) as all_of_them:
            self.assertEqual(frozenset(self.names), all_of_them)

    def test_one_process_excludes_itself(self):
        with self.ours.try_hold(self.names[0]) as held:
            self.assertTrue(held)
            with self.ours.try_hold(self.names[0]) as twice:
                self.assertFalse(twice)
            # The refused attempt has not released it.
            with self.make_locks().try_hold(self.names[0]) as theirs:
                self.assertFalse(theirs)

    def test_upstream_and_we_exclude_each_other(self):
        lock = self.make_upstream().get_lock(self.names[0])
        with self.ours.try_hold_many(self.names) as acquired:
            self.assertEqual(frozenset(self.names), acquired)
            self.assertFalse(lock.acquire(blocking=False))
        lock = self.make_upstream().get_lock(self.names[0])
        self.assertTrue(lock.acquire(blocking=False))
        with self.ours.try_hold(self.names[0]) as held:
            self.assertFalse(held)
        lock.release()
        with self.ours.try_hold(self.names[0]) as held:
            self.assertTrue(held)

    def test_most_at_once_can_be_held(self):
        names = [
            self.ours.names.of_scope(f"{uuid.uuid4().hex}")
            for _ in range(self.ours.most_at_once)
        ]
        with self.ours.try_hold_many(names) as acquired:
            self.assertEqual(frozenset(names), acquired)
            with self.make_locks().try_hold_many(names) as none:
                self.assertEqual(frozenset(), none)
        with self.make_locks().try_hold_many(names) as acquired:
            self.assertEqual(frozenset(names), acquired)

    def test_lost_connection_is_replaced_between_locks(self):
        self.end_session(self.ours)
        with self.ours.try_hold(self.names[0]) as held:
            self.assertTrue(held)
            with self.make_locks().try_hold(self.names[0]) as theirs:
                self.assertFalse(theirs)

    def test_loss_while_held_is_reported(self):
        def lose():
            with self.ours.try_hold(self.names[0]):
                self.end_session(self.ours)
                with self.make_locks().try_hold(self.names[0]) as theirs:
                    self.assertTrue(theirs)

        self.assertRaises(coordination.ToozConnectionError, lose)
        with self.ours.try_hold(self.names[0]) as held:
            self.assertTrue(held)

    def test_loss_that_another_acquisition_finds_is_reported(self):
        def lose():
            with self.ours.try_hold(self.names[0]):
                self.end_session(self.ours)
                with self.ours.try_hold(self.names[1]) as held:
                    self.assertTrue(held)

        self.assertRaises(coordination.ToozConnectionError, lose)

    def test_session_is_in_no_transaction_without_locks(self):
        with self.ours.try_hold(self.names[0]):
            with self.ours.try_hold(self.names[0]):
                pass
        if self.backend == "postgresql":
            connection = self.ours._backend._connection
            # 0 is "idle", not in a transaction.
            self.assertEqual(0, connection.info.transaction_status)


@databases.on_each(["postgresql"], name="TestKeys")
class _Keys(_Case):
    def test_two_names_with_one_key_are_acquired_together(self):
        server = postgresql.Server(urllib.parse.urlsplit(self.url))
        by_key = {}
        for number in range(10000):
            name = self.ours.names.of_scope(str(number))
            other = by_key.setdefault(server.key_of(name), name)
            if other != name:
                break
        with self.ours.try_hold_many([name, other]) as acquired:
            self.assertEqual({name, other}, acquired)
            with self.ours.try_hold(other) as twice:
                self.assertFalse(twice)
        with self.make_locks().try_hold(other) as held:
            self.assertTrue(held)


class TestUnreachable(base.TestCase):
    def test_reason_is_reported_without_the_password(self):
        for scheme in ("mysql", "postgresql"):
            conf = self.make_conf(
                orchestrator={
                    "coordination_url": f"{scheme}://u:hunter2@127.0.0.1:1/x"
                }
            )
            error = self.assertRaises(
                exceptions.InvalidConfiguration, locks.Locks(conf).start
            )
            self.assertIn("no answer from 127.0.0.1:1", str(error))
            self.assertNotIn("hunter2", str(error))
