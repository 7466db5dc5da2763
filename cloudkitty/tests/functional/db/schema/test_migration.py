# SPDX-License-Identifier: Apache-2.0
"""The schema is created on every empty database."""

import datetime
import subprocess
import sys

import alembic.command
import alembic.script
import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import base
from cloudkitty.tests import databases


class Case:
    backend: str

    def setUp(self):
        super().setUp()
        url = databases.make_url(self, self.backend, migrated=False)
        self.database = facade.Database(self.make_conf(), url)
        self.addCleanup(self.database.dispose)


@databases.on_each()
class Migrations(Case):
    def test_upgrade_from_empty_equals_the_models(self):
        self.assertIsNone(migration.version(self.database))
        migration.upgrade(self.database)
        self.assertEqual(migration.head(), migration.version(self.database))
        self.assertEqual([], migration.differences(self.database))

    def test_upgrading_twice_is_idempotent(self):
        migration.upgrade(self.database)
        migration.upgrade(self.database)
        self.assertEqual([], migration.differences(self.database))

    def test_governance_up_and_down(self):
        migration.upgrade(self.database)
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO storage_scope_reprocessing_schedule (identifier, "
                "start_reprocess_time, end_reprocess_time, reason, state) "
                "VALUES ('a', '2026-11-01 00:00:00', '2026-11-01 00:00:00', "
                "'test', 'awaiting_approval')"
            )
        with migration._locked(self.database) as connection:
            config = migration._config(connection)
            tree = alembic.script.ScriptDirectory.from_config(config)
            before = tree.get_revision("0014").down_revision
            alembic.command.downgrade(config, before)
        self.assertEqual(before, migration.version(self.database))
        with self.database.engine.connect() as connection:
            # Processors of the earlier release leave it alone.
            self.assertEqual(
                "paused",
                connection.exec_driver_sql(
                    "SELECT state FROM storage_scope_reprocessing_schedule"
                ).scalar_one(),
            )
            tables = sa.inspect(connection).get_table_names()
        self.assertNotIn("cloudkitty_task_batches", tables)
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

    def test_existing_tasks_get_their_period(self):
        migration.upgrade(self.database, "0005")
        tasks = sa.Table(
            "storage_scope_reprocessing_schedule",
            sa.MetaData(),
            # MariaDB says that it is a text.
            sa.Column("metrics", sa.JSON(none_as_null=True)),
            autoload_with=self.database.engine,
        )
        start = datetime.datetime(2026, 11, 1)
        hour = datetime.timedelta(hours=1)
        with self.database.engine.begin() as connection:
            for name, end, total, metrics in (
                ("hours", start + 9 * hour, 10, None),
                ("halves", start + 9 * hour, 19, ["cpu"]),
                ("one", start, 1, None),
                ("upstream", start + 9 * hour, None, None),
            ):
                connection.execute(
                    tasks.insert().values(
                        identifier=name,
                        start_reprocess_time=start,
                        end_reprocess_time=end,
                        reason="test",
                        state=None if total is None else "scheduled",
                        periods_total=total,
                        periods_done=None if total is None else 0,
                        metrics=metrics,
                    )
                )
        migration.upgrade(self.database)
        with self.database.reader() as session:
            found = task_queries.find(session, ascending=True)
        self.assertEqual(
            [
                ("hours", 3600, "scheduled"),
                ("halves", 1800, "scheduled"),
                ("one", None, "scheduled"),
                ("upstream", None, "scheduled"),
            ],
            [(t.scope_id, t.period_seconds, t.state) for t in found],
        )
        with self.database.engine.connect() as connection:
            cursors = connection.execute(
                sa.select(tasks.c.current_reprocess_time).order_by(tasks.c.id)
            ).scalars()
            # The one of some metrics is hidden from upstream.
            self.assertEqual(
                [None, start + 9 * hour, None, None], list(cursors)
            )

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


class TestOneTransaction(Case, base.TestCase):
    backend = "sqlite"

    def test_readers_never_see_part_of_the_revisions(self):
        with migration._locked(self.database) as connection:
            for revision in ("0001", "0002"):
                config = migration._config(connection)
                alembic.command.upgrade(config, revision)
                with self.database.engine.connect() as other:
                    self.assertEqual([], sa.inspect(other).get_table_names())
