# SPDX-License-Identifier: Apache-2.0
"""A call of every function of ``db/`` that takes a session."""

import collections.abc
import dataclasses
import datetime
import decimal
import importlib
import inspect
import pkgutil
import typing

import sqlalchemy as sa
from oslo_db import exception as db_exception

import cloudkitty.db
from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import module_states
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import rowcount
from cloudkitty.db.sql import server_time
from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import counters as task_counters
from cloudkitty.db.tasks import due as due_tasks
from cloudkitty.db.tasks import leftovers
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import overlap as task_overlap
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2.sqlalchemy import replace as points_writing
from cloudkitty.tests import base
from cloudkitty.tests import claiming
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks

PERIOD = 3600
NOW = base.utc("2026-11-22T12:00")
START = base.utc("2026-11-01T00:00")
LATER = NOW + datetime.timedelta(minutes=5)
BATCH = "batch"


def hour(number):
    """Return the beginning of an hour of November."""
    return START + datetime.timedelta(hours=number)


@dataclasses.dataclass(frozen=True)
class Again:
    """Effect of repeating a transaction whose commit lost its answer.

    ``SAME``: data and result equal those of one call. ``TOLD``: the data are
    right, the result is that of a second call. ``TWICE``: the change happens
    twice; the caller of the transaction must prevent that.
    """

    name: str


SAME, TOLD, TWICE = Again("same"), Again("told"), Again("twice")


@dataclasses.dataclass(frozen=True)
class Case:
    """One call.

    :param run: ``run(world)`` does it and returns the result.
    :param covers: the functions it is for, as ``module.name``.
    :param again: see ``Again``.
    """

    covers: str
    run: typing.Callable[[typing.Any], typing.Any]
    again: Again = SAME


def of_session(covers, call, again=SAME):
    """Return a case that calls ``call(session, world)`` in a write."""
    return Case(
        covers,
        lambda world: world.database.write(
            lambda session: call(session, world)
        ),
        again,
    )


def new_task(name, first, last, **fields):
    return new_tasks.make(name, hour(first), last - first + 1, **fields)


def frames(window, price):
    """Return two points of each period of ``window``."""
    return [
        dataframe.DataFrame(
            period.begin,
            period.end,
            {
                "cpu": [
                    dataframe.DataPoint(
                        "unit",
                        decimal.Decimal(qty),
                        decimal.Decimal(qty * price),
                        {"id": f"vm-{qty}"},
                        {},
                    )
                    for qty in (1, 3)
                ]
            },
        )
        for period in window.periods(PERIOD)
    ]


def store(session, name, window, price):
    """Put points of a scope into the service's database."""
    piece = storage_base.Replacement(
        new_scopes.make(name), window, frames(window, price)
    )
    points_writing.replace(session, points_writing.New.of(piece))


class Prepared:
    """Ids of the rows that every call finds.

    :ivar claimed: task of the scope ``a``, at work, with token 1.
    :ivar waiting: task of the scope ``b``, scheduled and due.
    :ivar failed: task of the scope ``b``, given up.
    :ivar upstreams: task of the scope ``c`` as upstream writes it.
    """

    def __init__(self, session):
        names = ("a", "b", "c")
        self.states = {
            name: scope_updates.create(
                session, new_scopes.make(name), hour(240)
            )
            for name in names
        }
        session.add(
            scope_models.ScopeState(
                identifier="half",
                last_processed_timestamp=hour(240),
                active=True,
            )
        )
        self.claimed = self._task(session, new_task("a", 0, 9))
        claimed = claiming.claim_next(
            session, owner="one", now=NOW, lease_seconds=60
        )
        assert claimed.id == self.claimed
        self.claimed_task = claimed
        self.waiting = self._task(
            session, new_task("b", 0, 9, batch_id=BATCH, metrics=("cpu",))
        )
        self.failed = self._task(session, new_task("b", 20, 29))
        session.execute(
            sa.update(task_models.Reprocess)
            .where(task_models.Reprocess.id == self.failed)
            .values(state="failed", attempts=10, finished_at=NOW)
        )
        row = task_models.Reprocess(
            identifier="c",
            start_reprocess_time=hour(0),
            end_reprocess_time=hour(9),
            current_reprocess_time=hour(4),
            reason="upstream's",
        )
        session.add(row)
        session.flush()
        self.upstreams = row.id
        self._rules(session)
        for name in (*names, "half"):
            window = periods.Window(hour(0), hour(6))
            store(session, name, window, 2)

    def _task(self, session, new):
        new_tasks.insert(session, [new], NOW)
        return max(task.id for task in task_queries.find(session))

    def _rules(self, session):
        module_states.set_enabled(session, "hashmap", True)
        self.service = hashmap_services.create_service(session, "cpu")
        self.field = hashmap_services.create_field(
            session, self.service.id, "flavor"
        )
        self.group = hashmap_services.create_group(session, "group")
        self.mapping = hashmap_mappings.create(
            session,
            cost=decimal.Decimal("1.5"),
            map_type="flat",
            start=START,
            service_id=self.service.id,
        )
        self.threshold = hashmap_thresholds.create(
            session,
            level=decimal.Decimal(10),
            cost=decimal.Decimal("0.5"),
            map_type="rate",
            service_id=self.service.id,
        )


def _advance(session, world):
    return task_claims.advance(
        session,
        world.rows.claimed,
        1,
        current_at=hour(3),
        periods_done=4,
        lease_expires_at=LATER,
        now=NOW,
    )


def _release_succeeded(session, world):
    return task_claims.release(
        session,
        world.rows.claimed,
        1,
        state="succeeded",
        now=LATER,
        progress=(hour(3), 4),
        by="one",
    )


def _release_failed(session, world):
    return task_claims.release(
        session,
        world.rows.claimed,
        1,
        state="failed",
        now=LATER,
        last_error="why",
        attempts=3,
    )


def _claim(session, world):
    found = due_tasks.lock_oldest(session, NOW, ())
    return task_claims.claim(
        session, found.task, owner="two", now=NOW, lease_seconds=60
    )


def _transition(session, world):
    task = task_queries.get(session, world.rows.waiting)
    return task_queries.transition(session, task, "paused", LATER)


def _mapping(session, world):
    return hashmap_mappings.create(
        session,
        cost=decimal.Decimal("0.25"),
        map_type="flat",
        start=START,
        field_id=world.rows.field.id,
        value="m1",
        name="named",
    )


def _threshold(session, world):
    return hashmap_thresholds.create(
        session,
        level=decimal.Decimal(20),
        cost=decimal.Decimal(1),
        map_type="flat",
        service_id=world.rows.service.id,
    )


def _change(session, world):
    return rowcount.count(
        session, sa.update(rule_models.ModuleState).values(priority=5)
    )


def _one_of(session, world):
    column = scope_models.ScopeState.identifier
    query = sa.select(column).where(
        exact_text.one_of(session, column, ["a", "A"])
    )
    return session.scalars(query).all()


CASES = [
    of_session("rowcount.count", _change),
    of_session(
        "leftovers.delete_of_new",
        lambda session, world: leftovers.delete_of_new(session, "x"),
    ),
    of_session(
        # The time itself differs from call to call.
        "server_time.read",
        lambda session, world: server_time.read(session) is not None,
    ),
    of_session("exact_text.one_of", _one_of),
    of_session(
        "task_queries.insert_batch",
        lambda session, world: task_queries.insert_batch(
            session,
            scope_queries.find_ids(session, ["a", "c"]),
            new_task("a", 50, 59, batch_id="y"),
            NOW,
        ),
        TWICE,
    ),
    of_session(
        "task_queries.find_listed",
        lambda session, world: task_queries.find_listed(
            session, states=["failed"]
        ),
    ),
    of_session(
        "scope_queries.find_ids",
        lambda session, world: scope_queries.find_ids(session, ["a", "c"]),
    ),
    of_session(
        "scope_queries.active_with_ids",
        lambda session, world: scope_queries.active_with_ids(
            session, scope_queries.find_ids(session, ["a", "c"])
        ),
    ),
    of_session(
        "task_overlap.taken",
        lambda session, world: task_overlap.taken(
            session,
            3600,
            periods.Window(NOW, NOW + datetime.timedelta(days=1)),
            ["a", "c"],
        ),
    ),
    of_session(
        "task_queries.get",
        lambda session, world: task_queries.get(session, world.rows.claimed),
    ),
    of_session(
        "task_queries.unfinished",
        lambda session, world: task_queries.unfinished(session, ["a", "c"]),
    ),
    of_session(
        "task_queries.latest",
        lambda session, world: task_queries.latest(session, "b"),
    ),
    of_session(
        "task_queries.find",
        lambda session, world: task_queries.find(session, states=["failed"]),
    ),
    of_session(
        "task_queries.count",
        lambda session, world: task_queries.count(session, batch_ids=[BATCH]),
    ),
    of_session(
        "task_queries.place_in_queue",
        lambda session, world: task_queries.place_in_queue(
            session, task_queries.get(session, world.rows.waiting)
        ),
    ),
    of_session(
        "task_claims.next_due",
        lambda session, world: task_claims.next_due(session, hour(0)),
    ),
    # A second claim finds the first one's task taken: it takes the next.
    of_session("task_claims.claim", _claim, TWICE),
    of_session(
        "due_tasks.lock_oldest",
        lambda session, world: due_tasks.lock_oldest(session, NOW, ()),
    ),
    of_session("task_claims.advance", _advance, TOLD),
    of_session(
        "task_claims.renew",
        lambda session, world: task_claims.renew(
            session, world.rows.claimed, 1, LATER
        ),
    ),
    of_session("task_claims.release", _release_succeeded, TOLD),
    of_session("task_claims.release", _release_failed, TOLD),
    of_session(
        "task_counters.count_periods",
        lambda session, world: task_counters.count_periods(
            session, world.rows.upstreams, 10, 5, PERIOD
        ),
    ),
    of_session(
        "task_counters.count_kept",
        lambda session, world: task_counters.count_kept(
            session, world.rows.claimed, 3
        ),
        TWICE,
    ),
    of_session("task_queries.transition", _transition, TWICE),
    of_session(
        "scope_queries.identifiers",
        lambda session, world: scope_queries.identifiers(session),
    ),
    of_session(
        "scope_queries.get",
        lambda session, world: scope_queries.get(
            session, new_scopes.make("half"), fill=True
        ),
    ),
    of_session(
        "scope_queries.by_id",
        lambda session, world: scope_queries.by_id(
            session, world.rows.states["a"].id
        ),
    ),
    of_session(
        "scope_queries.find_active",
        lambda session, world: scope_queries.find_active(session, "a"),
    ),
    of_session(
        "scope_updates.create",
        lambda session, world: scope_updates.create(
            session, new_scopes.make("new"), hour(0)
        ),
        TOLD,
    ),
    of_session(
        "scope_updates.advance",
        lambda session, world: scope_updates.advance(
            session, world.rows.states["a"], hour(241), PERIOD
        ),
        TOLD,
    ),
    of_session(
        "scope_updates.rewind",
        lambda session, world: scope_updates.rewind(
            session, world.rows.states["a"].id, hour(3), PERIOD
        ),
    ),
    of_session(
        "scope_updates.change",
        lambda session, world: scope_updates.change(
            session,
            world.rows.states["a"].id,
            NOW,
            collector="prometheus",
            active=False,
        ),
    ),
    of_session(
        "scope_updates.touch",
        lambda session, world: scope_updates.touch(
            session, [world.rows.states[name].id for name in "ab"]
        ),
    ),
    of_session(
        "scope_queries.find",
        lambda session, world: scope_queries.find(session, active=True),
    ),
    of_session(
        "scope_queries.count",
        lambda session, world: scope_queries.count(session, active=True),
    ),
    of_session(
        "module_states.get_all",
        lambda session, world: module_states.get_all(session),
    ),
    of_session(
        "module_states.set_enabled",
        lambda session, world: module_states.set_enabled(session, "py", True),
    ),
    of_session(
        "module_states.set_priority",
        lambda session, world: module_states.set_priority(
            session, "hashmap", 7
        ),
    ),
    of_session(
        "hashmap_rules.load",
        lambda session, world: hashmap_rules.load(session, "a"),
    ),
    of_session(
        "hashmap_services.create_service",
        lambda session, world: hashmap_services.create_service(
            session, "disk"
        ),
        TOLD,
    ),
    of_session(
        "hashmap_services.create_field",
        lambda session, world: hashmap_services.create_field(
            session, world.rows.service.id, "zone"
        ),
        TOLD,
    ),
    of_session(
        "hashmap_services.create_group",
        lambda session, world: hashmap_services.create_group(session, "other"),
        TOLD,
    ),
    of_session("hashmap_mappings.create", _mapping, TWICE),
    # No key forbids the second one where tenant_id is NULL.
    of_session("hashmap_thresholds.create", _threshold, TWICE),
]

#: Functions that run no statement on a server.
SQLITE_ONLY = ("leftovers.delete_of_new",)

#: Errors that a repetition may raise after a successful commit.
TOLD_ERRORS = (db_exception.DBDuplicateEntry,)


#: Functions that the covered ones of each kind of rules call.
CALLED_BY_OTHERS = {
    "cloudkitty.db.rules.filters.owned",
    "cloudkitty.db.rules.filters.valid",
    "cloudkitty.db.rules.records.delete",
    "cloudkitty.db.rules.records.insert",
    "cloudkitty.db.rules.records.mark_deleted",
    "cloudkitty.db.rules.records.select_owned",
    "cloudkitty.db.rules.records.update",
    # Executes nothing.
    "cloudkitty.db.sql.server_time.expression",
    # Two calls write two times of the server: unit.orchestrator.test_heartbeat
    # and functional.tasks.test_workers.
    "cloudkitty.db.workers.add",
    "cloudkitty.db.workers.beat",
}
#: The package of ``db/`` whose functions other tests cover.
NOT_COVERED = "cloudkitty.db.alembic"


def public_functions() -> collections.abc.Iterator[str]:
    """Yield all functions of ``db/`` that take a session, by introspection."""
    for found in pkgutil.walk_packages(
        cloudkitty.db.__path__, f"{cloudkitty.db.__name__}."
    ):
        if not found.name.startswith(NOT_COVERED):
            module = importlib.import_module(found.name)
            for name in names_with(module, "session"):
                yield f"{module.__name__}.{name}"


def covered(module, cases):
    """Yield the full names of the functions that cases of a module cover.

    :param module: it imports the modules of the functions.
    """
    for case in cases:
        alias, name = case.covers.split(".")
        yield f"{vars(module)[alias].__name__}.{name}"


def names_with(module, *parameters):
    """Yield the module's own public functions with such a parameter."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("_") or function.__module__ != module.__name__:
            continue
        if set(parameters) & set(inspect.signature(function).parameters):
            yield name


def functions_with(module, *parameters):
    """Yield ``names_with`` after the last part of the module's name."""
    prefix = module.__name__.rpartition(".")[2]
    for name in names_with(module, *parameters):
        yield f"{prefix}.{name}"
