# SPDX-License-Identifier: Apache-2.0
"""The schema comes up on every database, from nothing."""

import subprocess
import sys

import alembic.command
import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.tests import base
from cloudkitty.tests import databases


class Migrations:
    """The same on each database."""

    backend: str

    def setUp(self):
        super().setUp()
        url = databases.make_url(self, self.backend, migrated=False)
        self.database = facade.Database(self.make_conf(), url)
        self.addCleanup(self.database.dispose)

    def test_up_from_empty_gives_the_models(self):
        self.assertIsNone(migration.version(self.database))
        migration.upgrade(self.database)
        self.assertEqual(migration.head(), migration.version(self.database))
        self.assertEqual([], migration.differences(self.database))

    def test_twice_changes_nothing(self):
        migration.upgrade(self.database)
        migration.upgrade(self.database)
        self.assertEqual([], migration.differences(self.database))

    def test_a_missing_column_is_a_difference(self):
        migration.upgrade(self.database)
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "ALTER TABLE storage_scope_reprocessing_schedule "
                "DROP COLUMN last_error"
            )
        self.assertEqual(1, len(migration.differences(self.database)))

    def test_two_hosts_at_once(self):
        url = self.database.engine.url.render_as_string(hide_password=False)
        folder = self.make_folder()
        conf = folder / "cloudkitty.conf"
        conf.write_text(f"[database]\nconnection = {url}\n")
        program = (
            "import sys; from cloudkitty.cli import dbsync; "
            "sys.exit(dbsync.main(sys.argv[1:]))"
        )
        hosts = [
            subprocess.Popen(
                [sys.executable, "-c", program, "--config-file", conf]
                + ["upgrade"],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for _ in range(3)
        ]
        outputs = [host.communicate(timeout=60)[0] for host in hosts]
        self.assertEqual(
            [0] * 3, [host.returncode for host in hosts], "\n".join(outputs)
        )
        self.assertEqual([], migration.differences(self.database))


class OnSqlite(Migrations, base.TestCase):
    backend = "sqlite"

    def test_nobody_sees_half_of_the_revisions(self):
        with migration._locked(self.database) as connection:
            for revision in ("0001", "0002"):
                config = migration._config(connection)
                alembic.command.upgrade(config, revision)
                with self.database.engine.connect() as other:
                    self.assertEqual([], sa.inspect(other).get_table_names())


class OnMariadb(Migrations, base.TestCase):
    backend = "mariadb"


class OnPostgresql(Migrations, base.TestCase):
    backend = "postgresql"
