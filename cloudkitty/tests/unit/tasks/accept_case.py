# SPDX-License-Identifier: Apache-2.0
"""Test case that accepts requests for tasks, and refuses them."""

import sqlalchemy as sa

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import acceptance
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests.fakes import clock as fake_clock

PERIOD = 3600
NOW = base.utc("2026-11-23T12:00")
LAST = base.utc("2026-11-02T00:00")


class AcceptCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        self.clock = fake_clock.FakeClock(NOW)

    def add_scope(self, identifier, last=LAST, active=True, **fields):
        with self.database.writer() as session:
            state = scope_updates.create(
                session, new_scopes.make(identifier, **fields), last
            )
            if not active:
                session.execute(
                    sa.update(scope_models.ScopeState)
                    .where(scope_models.ScopeState.id == state.id)
                    .values(active=False)
                )
        return state

    def accept(self, scope_ids, start, end, reason="why", **fields):
        return acceptance.accept(
            self.database,
            self.clock,
            scope_ids,
            base.utc(start),
            base.utc(end),
            reason=reason,
            **fields,
        )

    def refuse(self, error, scope_ids, start, end, reason="why"):
        """Assert the refusal, that nothing was stored; return its text."""
        before = self.tasks()
        raised = self.assertRaises(
            error, self.accept, scope_ids, start, end, reason
        )
        self.assertEqual(before, self.tasks())
        return str(raised)

    def tasks(self):
        with self.database.reader() as session:
            return task_queries.find(session, ascending=True)

    def set_state(self, task_id, state):
        with self.database.writer() as session:
            session.execute(
                sa.update(task_models.Reprocess)
                .where(task_models.Reprocess.id == task_id)
                .values(state=state)
            )


DAY = ("2026-11-01T00:00", "2026-11-01T23:00")
