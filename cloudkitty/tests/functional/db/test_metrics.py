# SPDX-License-Identifier: Apache-2.0
"""The statements of the metrics, on each database."""

import datetime
import time

import sqlalchemy as sa

from cloudkitty.db.scopes import lag
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import backlog
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import states
from cloudkitty.orchestrator import gauges as ck_gauges
from cloudkitty.tests import base
from cloudkitty.tests import database_servers
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests import silent_proxy
from cloudkitty.tests.fakes import clock as fake_clock

NOW = base.utc("2026-11-22T12:30")
HOUR = datetime.timedelta(hours=1)
#: Limits of the ping of the connection, of a new one and of its first answer.
BOUND_SECONDS = 3 * 2 + 3
_Model = task_models.Reprocess


@databases.on_each()
class _Metrics:
    backend: str

    def setUp(self):
        super().setUp()
        self.conf = self.make_conf(metrics={"database_timeout": 2})
        self.database = databases.make_database(
            self, self.backend, conf=self.conf
        )
        self.clock = fake_clock.FakeClock(NOW)
        self.gauges = ck_gauges.Gauges(self.conf, self.clock)
        self.addCleanup(self.gauges.close)

    def add_scope(self, scope_id, hours, **fields):
        scope = new_scopes.make(
            scope_id,
            scope_key=self.conf.collect.scope_key,
            fetcher=self.conf.fetcher.backend,
            collector=self.conf.collect.collector,
            **fields,
        )
        # Its last rated period ended so many hours ago.
        at = base.utc("2026-11-22T12:00") - (hours + 1) * HOUR
        self.database.write(
            lambda session: scope_updates.create(session, scope, at)
        )
        return scope

    def add_tasks(self, count, at):
        self.database.write(
            lambda session: new_tasks.insert(
                session,
                [
                    new_tasks.make(f"project-{number}", NOW, 1)
                    for number in range(count)
                ],
                at,
            )
        )

    def set_state(self, first, count, **values):
        with self.database.writer() as session:
            ids = session.scalars(sa.select(_Model.id).order_by(_Model.id))
            chosen = list(ids)[first : first + count]
            session.execute(
                sa.update(_Model).where(_Model.id.in_(chosen)).values(**values)
            )

    def test_without_rows(self):
        values = self.gauges.read()
        self.assertEqual(
            {state.value: 0 for state in states.State}, values.tasks
        )
        self.assertEqual(0, sum(values.single.values()))

    def test_tasks(self):
        self.add_tasks(2, NOW - 3 * HOUR)
        self.add_tasks(4, NOW - 2 * HOUR)
        self.add_tasks(2, NOW - HOUR)
        self.set_state(0, 2, state="failed")
        self.set_state(2, 1, state="running")
        values = self.gauges.read()
        self.assertEqual(
            {
                "scheduled": 5,
                "running": 1,
                "paused": 0,
                "succeeded": 0,
                "failed": 2,
                "awaiting_approval": 0,
                "cancelled": 0,
            },
            values.tasks,
        )
        self.assertEqual(7200, values.single[ck_gauges.OLDEST_WAITING])

    def test_rows_of_upstream(self):
        self.add_tasks(3, NOW)
        self.set_state(0, 3, state=None, created_at=None)
        self.set_state(0, 1, current_reprocess_time=NOW + HOUR)
        self.set_state(1, 1, current_reprocess_time=NOW - HOUR)
        with self.database.reader() as session:
            counts = backlog.by_state(session)
            self.assertIsNone(backlog.oldest_waiting(session))
        self.assertEqual(
            (1, 1, 1),
            (counts["succeeded"], counts["running"], counts["scheduled"]),
        )

    def test_lag(self):
        wait = self.conf.collect.wait_periods
        # Not due, due for half a period, due for one and a half, late.
        for number, hours in enumerate((wait - 1, wait, wait + 1, 30)):
            self.add_scope(f"scope-{number}", hours)
        inactive = self.add_scope("inactive", 99)
        with self.database.writer() as session:
            session.execute(
                sa.update(scope_models.ScopeState)
                .where(
                    scope_models.ScopeState.identifier == inactive.identifier
                )
                .values(active=False)
            )
        single = self.gauges.read().single
        self.assertEqual(4, single[ck_gauges.SCOPES])
        self.assertEqual(2, single[ck_gauges.SCOPES_LATE])
        self.assertEqual(30 * 3600 + 1800, single[ck_gauges.SCOPE_LAG])

    def test_scopes_of_another_fetcher(self):
        self.add_scope("mine", 1)
        with self.database.reader() as session:
            other = lag.read(
                session,
                scope_key=self.conf.collect.scope_key,
                fetcher="other",
                collector=self.conf.collect.collector,
                late_before=NOW,
            )
        self.assertEqual(lag.Lag(0, 0, None), other)

    def test_cached(self):
        self.gauges.read()
        self.add_tasks(1, NOW)
        self.assertEqual(0, self.gauges.read().tasks["scheduled"])
        self.clock.advance(self.conf.metrics.cache_seconds)
        self.assertEqual(1, self.gauges.read().tasks["scheduled"])


@databases.on_each(databases.SERVERS, name="Silence")
class _Silence:
    backend: str

    def test_a_silent_server(self):
        direct = sa.make_url(databases.make_url(self, self.backend))
        proxy = self.useFixture(
            silent_proxy.SilentProxy(database_servers.port(direct))
        )
        url = direct.set(port=proxy.port)
        conf = self.make_conf(
            metrics={"database_timeout": 2},
            database={
                "connection": url.render_as_string(hide_password=False),
                "connect_timeout": 3600,
                "read_timeout": 3600,
            },
        )
        clock = fake_clock.FakeClock(NOW)
        gauges = ck_gauges.Gauges(conf, clock)
        self.addCleanup(gauges.close)
        self.assertIsNotNone(gauges.read())
        proxy.silence()
        clock.advance(conf.metrics.cache_seconds)
        began = time.monotonic()
        self.assertIsNone(gauges.read())
        self.assertLess(time.monotonic() - began, BOUND_SECONDS)
        proxy.speak()
        clock.advance(conf.metrics.cache_seconds)
        self.assertIsNotNone(gauges.read())
