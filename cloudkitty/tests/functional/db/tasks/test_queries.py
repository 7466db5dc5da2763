# SPDX-License-Identifier: Apache-2.0
"""Queries on scopes, tasks and rules mean the same on each database."""

import datetime
import decimal
import threading

import sqlalchemy as sa

from cloudkitty.db import models
from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import module_states
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks

NOW = base.utc("2026-11-05T10:00")
HOUR = datetime.timedelta(hours=1)
#: Names that a collation or a pattern could take for each other.
NAMES = ("a", "A", "a ", "ä", "%", "_", "a/b", "'; DROP TABLE x; --")


def new_task(identifier, begin="2026-11-01T00:00", hours=3, **more):
    start_at = base.utc(begin)
    return new_tasks.make(identifier, start_at, hours, **more)


@databases.on_each()
class Queries:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)

    def read(self, query, *args, **kwargs):
        with self.database.reader() as session:
            return query(session, *args, **kwargs)

    def write(self, query, *args, **kwargs):
        return self.database.write(
            lambda session: query(session, *args, **kwargs)
        )

    def claim(self, now=NOW, owner="me", **more):
        return self.write(
            task_claims.claim_next,
            owner=owner,
            now=now,
            lease_seconds=60,
            **more,
        )

    def insert(self, *tasks):
        self.write(new_tasks.insert, tasks, NOW)

    def upstream_task(self, current_at):
        """Insert a row as upstream writes it."""
        with self.database.writer() as session:
            session.execute(
                sa.insert(task_models.Reprocess.__table__).values(
                    identifier="up",
                    start_reprocess_time=base.utc("2026-11-01T00:00"),
                    end_reprocess_time=base.utc("2026-11-01T02:00"),
                    current_reprocess_time=current_at,
                    reason="upstream's",
                )
            )

    def test_scopes_are_found_by_their_exact_names(self):
        for name in NAMES:
            self.write(scope_updates.create, new_scopes.make(name), NOW)
        for name in NAMES:
            found = self.read(scope_queries.find, identifiers=[name])
            self.assertEqual([name], [s.scope.identifier for s in found])
            state = self.read(scope_queries.get, new_scopes.make(name))
            self.assertEqual(name, state.scope.identifier)

    def test_a_scope_of_another_collector_is_another(self):
        self.write(scope_updates.create, new_scopes.make("a"), NOW)
        other = new_scopes.make("a", collector="prometheus")
        self.assertIsNone(self.read(scope_queries.get, other))

    def test_a_row_upstream_did_not_complete_is_adopted(self):
        with self.database.writer() as session:
            session.execute(
                sa.insert(models.ScopeState.__table__).values(
                    identifier="a",
                    last_processed_timestamp=NOW,
                    active=True,
                )
            )
        state = self.read(scope_queries.get, new_scopes.make("a"))
        self.assertEqual("", state.scope.scope_key)
        state = self.write(scope_queries.get, new_scopes.make("a"), fill=True)
        self.assertEqual(new_scopes.make("a"), state.scope)
        self.assertEqual(
            [state], self.read(scope_queries.find, fetchers=["source"])
        )

    def test_the_last_period_moves_only_from_where_it_was(self):
        state = self.write(scope_updates.create, new_scopes.make("a"), NOW)
        moves = [
            self.write(scope_updates.advance, state, NOW + HOUR, 3600)
            for _ in range(2)
        ]
        self.assertEqual([True, False], moves)
        state = self.read(scope_queries.get, new_scopes.make("a"))
        self.assertEqual(NOW + HOUR, state.last_processed_at)

    def test_thousands_of_scopes_are_found_and_touched(self):
        names = [f"scope-{number:05}" for number in range(2500)]

        def insert(session):
            session.execute(
                sa.insert(models.ScopeState),
                [
                    {
                        "identifier": name,
                        "last_processed_timestamp": NOW,
                        "active": True,
                    }
                    for name in names
                ],
            )

        self.database.write(insert)
        found = self.read(scope_queries.find, identifiers=names)
        self.assertEqual(2500, len(found))
        self.assertEqual(
            found[10:20],
            self.read(
                scope_queries.find, identifiers=names, offset=10, limit=10
            ),
        )
        self.assertEqual(
            2500, self.read(scope_queries.count, identifiers=names)
        )
        self.assertEqual(
            found[2400:2410],
            self.read(scope_queries.find, active=True, offset=2400, limit=10),
        )
        self.write(scope_updates.touch, [state.id for state in found])
        generations = {s.generation for s in self.read(scope_queries.find)}
        self.assertEqual({1}, generations)

    def test_tasks_come_newest_first_and_in_pages(self):
        self.insert(*(new_task(name) for name in NAMES))
        found = self.read(task_queries.find)
        self.assertEqual(NAMES[::-1], tuple(t.scope_id for t in found))
        self.assertEqual(
            found[2:4], self.read(task_queries.find, offset=2, limit=2)
        )
        self.assertEqual(found[4:], self.read(task_queries.find, offset=4))
        self.assertEqual(
            found[::-1][1:3],
            self.read(task_queries.find, ascending=True, offset=1, limit=2),
        )
        self.assertEqual(
            [found[2].id],
            [
                task.id
                for task in self.read(
                    task_queries.find_listed,
                    scope_ids=NAMES[1:],
                    states=["scheduled"],
                    marker=found[0].id,
                    offset=1,
                    limit=1,
                )
            ],
        )
        self.assertEqual(
            found[3:], self.read(task_queries.find, marker=found[2].id)
        )
        self.assertEqual(
            found[::-1], self.read(task_queries.find, ascending=True)
        )
        for name in NAMES:
            mine = self.read(task_queries.find, scope_ids=[name])
            self.assertEqual([name], [task.scope_id for task in mine])
            latest = self.read(task_queries.latest, name)
            self.assertEqual(mine[0].id, latest.id)
            self.assertEqual(
                1, self.read(task_queries.count, scope_ids=[name])
            )
            self.assertEqual(mine, self.read(task_queries.unfinished, [name]))
        for name in ("b", "a\x00", "\ud800"):
            self.assertIsNone(self.read(task_queries.latest, name))

    def test_a_task_keeps_what_was_asked(self):
        self.insert(
            new_task(
                "a",
                metrics=('b"\\', "ä"),
                allow_empty=True,
                batch_id="batch",
                created_by="me",
                project_id="mine",
                request_id="req-1",
            )
        )
        task = self.read(task_queries.find)[0]
        self.assertEqual(('b"\\', "ä"), task.metrics)
        self.assertIs(True, task.allow_empty)
        self.assertEqual(
            ("batch", "me", "mine", "req-1"),
            (task.batch_id, task.created_by, task.project_id, task.request_id),
        )
        self.assertEqual(("scheduled", 0), (task.state, task.periods_done))
        self.assertEqual(NOW, task.created_at)

    def test_a_claim_takes_the_oldest_and_fences(self):
        self.insert(new_task("a"), new_task("b"))
        first = self.claim()
        self.assertEqual(("a", "running", 1), _gist(first))
        second = self.claim()
        self.assertEqual(("b", "running", 1), _gist(second))
        self.assertIsNone(self.claim())
        # The first one's lease expires, somebody else takes over.
        again = self.claim(now=NOW + 2 * HOUR, owner="other")
        self.assertEqual(("a", "running", 2), _gist(again))
        moved = [
            self.write(
                task_claims.advance,
                first.id,
                token,
                current_at=first.start_at,
                periods_done=1,
                lease_expires_at=NOW + HOUR,
                now=NOW,
            )
            for token in (first.lease_token, again.lease_token)
        ]
        self.assertEqual([False, True], moved)
        self.assertFalse(
            self.write(task_claims.renew, first.id, first.lease_token, NOW)
        )
        self.assertFalse(
            self.write(
                task_claims.release,
                first.id,
                first.lease_token,
                state="failed",
                now=NOW,
            )
        )
        task = self.read(task_queries.get, first.id)
        self.assertEqual(("running", 1), (task.state, task.periods_done))

    def test_what_is_put_off_is_not_due_before(self):
        self.insert(new_task("a"), new_task("b"))
        task = self.claim()
        self.write(
            task_claims.release,
            task.id,
            task.lease_token,
            state="scheduled",
            now=NOW,
            last_error="why",
            next_attempt_at=NOW + HOUR,
            attempts=1,
        )
        self.assertEqual("b", self.claim().scope_id)
        self.assertIsNone(self.claim())
        # By then the other one's lease has expired, but this one is older.
        task = self.claim(now=NOW + HOUR)
        self.assertEqual(("a", "running", 2), _gist(task))
        self.assertEqual((1, "why"), (task.attempts, task.last_error))

    def test_what_is_skipped_is_left_alone(self):
        self.insert(new_task("a"), new_task("b"))
        oldest = self.read(task_queries.find)[-1]
        self.assertEqual("b", self.claim(skip=[oldest.id]).scope_id)

    def test_what_has_ended_is_not_due(self):
        self.insert(new_task("a"))
        task = self.claim()
        self.write(
            task_claims.release,
            task.id,
            task.lease_token,
            state="succeeded",
            now=NOW,
        )
        self.assertIsNone(self.claim(now=NOW + 100 * HOUR))
        task = self.read(task_queries.get, task.id)
        self.assertEqual((NOW, None), (task.finished_at, task.lease_owner))
        self.assertEqual([], self.read(task_queries.unfinished, ["a"]))

    def test_upstreams_tasks_are_read_from_their_cursor(self):
        begin = base.utc("2026-11-01T00:00")
        for current_at, state in (
            (None, "scheduled"),
            (begin, "running"),
            (begin + 2 * HOUR, "succeeded"),
        ):
            self.upstream_task(current_at)
            task = self.read(task_queries.find)[0]
            self.assertEqual(
                (state, current_at), (task.state, task.current_at)
            )
            found = self.read(task_queries.find, states=[state])
            self.assertEqual([task], found)
        unfinished = self.read(task_queries.unfinished, ["up"])
        self.assertEqual(
            ["scheduled", "running"], [task.state for task in unfinished]
        )
        self.assertEqual(unfinished[0].id, self.claim().id)
        task = self.claim()
        self.assertEqual((unfinished[1].id, begin), (task.id, task.current_at))
        self.assertIsNone(self.claim())

    def test_the_latest_task_is_the_unfinished_one(self):
        self.assertIsNone(self.read(task_queries.latest, "a"))
        self.insert(new_task("a"), new_task("a", "2026-11-02T00:00"))
        task = self.claim()
        self.assertEqual(task.id, self.read(task_queries.latest, "a").id)
        for state in ("succeeded", "failed"):
            self.write(
                task_claims.release,
                task.id,
                task.lease_token,
                state=state,
                now=NOW,
            )
            last, task = task, self.claim()
        self.assertIsNone(task)
        self.assertEqual(last.id, self.read(task_queries.latest, "a").id)
        self.assertIsNone(self.read(task_queries.latest, "A"))

    def test_each_task_is_claimed_once_whoever_comes(self):
        self.insert(*(new_task(f"scope-{number}") for number in range(40)))
        claimed, failures = [], []

        def work():
            try:
                while (task := self.claim()) is not None:
                    claimed.append(task.id)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)
        self.assertEqual(sorted(set(claimed)), sorted(claimed))
        self.assertEqual(40, len(claimed))

    def test_module_states(self):
        self.assertEqual({}, self.read(module_states.get_all))
        self.write(module_states.set_enabled, "a", True)
        self.write(module_states.set_priority, "b", 7)
        self.write(module_states.set_priority, "a", 0)
        self.assertEqual(
            {
                "a": module_states.ModuleState(enabled=True, priority=1),
                "b": module_states.ModuleState(enabled=False, priority=7),
            },
            self.read(module_states.get_all),
        )

    def test_rules_come_general_first_and_exact(self):
        cost = decimal.Decimal("0.1234567890123456789012345678")

        def make(session):
            service = hashmap_services.create_service(session, "cpu")
            field = hashmap_services.create_field(
                session, service.id, "flavor"
            )
            group = hashmap_services.create_group(session, "g")
            common = {"cost": cost, "start": NOW, "map_type": "flat"}
            own = hashmap_mappings.create(
                session, service_id=service.id, tenant_id="a", **common
            )
            hashmap_mappings.create(
                session, service_id=service.id, tenant_id="A", **common
            )
            general = hashmap_mappings.create(
                session,
                field_id=field.id,
                value="m1",
                group_id=group.id,
                **common,
            )
            gone = hashmap_mappings.create(
                session, service_id=service.id, **common
            )
            hashmap_mappings.mark_deleted(session, gone.id, NOW, "me")
            hashmap_mappings.update(session, own.id, end=NOW + HOUR)
            hashmap_thresholds.create(
                session,
                service_id=service.id,
                level=decimal.Decimal("4.5"),
                cost=cost,
                map_type="rate",
            )
            return general.mapping_id, own.mapping_id

        made = self.database.write(make)
        rules = self.read(hashmap_rules.load, "a")
        there = [rule for rule in rules.mappings if rule.deleted is None]
        self.assertEqual(made, tuple(rule.mapping_id for rule in there))
        self.assertEqual(cost, there[0].cost)
        self.assertEqual((NOW, NOW + HOUR), (there[1].start, there[1].end))
        self.assertEqual(decimal.Decimal("4.5"), rules.thresholds[0].level)
        general = self.read(hashmap_rules.load, None).mappings
        self.assertEqual({None}, {rule.tenant_id for rule in general})

    def test_a_rule_is_for_a_service_or_a_field(self):
        self.assertRaises(
            ValueError,
            self.write,
            hashmap_mappings.create,
            cost=decimal.Decimal(1),
            map_type="flat",
            start=NOW,
        )


def _gist(task):
    return task.scope_id, task.state, task.lease_token
