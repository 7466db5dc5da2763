# SPDX-License-Identifier: Apache-2.0
"""A call of every whole transaction that is built of ``db/``'s functions."""

import dataclasses
import inspect
import pkgutil
import types

from cloudkitty import scopes
from cloudkitty import tasks
from cloudkitty.common import periods
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.tasks import batch_tasks
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.orchestrator.engine import cursors
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import writer as ck_writer
from cloudkitty.orchestrator.reprocess import modes
from cloudkitty.orchestrator.rpc import reset_queue as reset_orders
from cloudkitty.scopes import changes as scope_changes
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.tasks import actions
from cloudkitty.tasks import batch_totals
from cloudkitty.tasks import batches
from cloudkitty.tasks import bulk
from cloudkitty.tasks import claims as ck_claims
from cloudkitty.tasks import detail
from cloudkitty.tasks import overview
from cloudkitty.tasks import progress
from cloudkitty.tasks import retries as ck_retries
from cloudkitty.tasks import rows
from cloudkitty.tasks import windows
from cloudkitty.tasks import workers
from cloudkitty.tests import acceptance
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_scopes
from cloudkitty.tests.functional.db.faults import cases
from cloudkitty.tests.functional.db.faults import cohorts as fault_cohorts
from cloudkitty.tests.functional.db.faults import governance as fault_limits
from cloudkitty.tests.functional.db.faults import records as fault_records
from cloudkitty.tests.functional.db.faults import rules as fault_rules
from cloudkitty.tests.functional.db.faults import scripts as fault_scripts

_ALL = bulk.Change(
    filters={"batch_ids": [cases.BATCH]}, target=states.State.CANCELLED
)
WINDOW = periods.Window(cases.hour(4), cases.hour(8))
SAME, TOLD = cases.SAME, cases.TOLD


def accept_call(world, **given):
    """Accept ten hours of two scopes."""
    return acceptance.accept(
        world.database,
        world.clock,
        ["a", "b"],
        cases.hour(100),
        cases.hour(109),
        **given,
    )


def _change(task, target):
    def run(world):
        return actions.change_state(
            world.database,
            world.clock,
            cases.PERIOD,
            getattr(world.rows, task),
            target,
        )

    return run


def _change_batch(target):
    def run(world):
        return batches.change_state(
            world.database, world.clock, cases.PERIOD, cases.BATCH, target
        )

    return run


def _claims(world, most=10):
    return new_claims.make(
        world.database,
        world.clock,
        "two",
        period_seconds=cases.PERIOD,
        retries=ck_retries.Retries(most=most),
    )


def _on_claim(method, *arguments, most=10, **named):
    def run(world):
        return getattr(_claims(world, most), method)(
            world.rows.claimed_task, *arguments, **named
        )

    return run


def _in_session(method, **named):
    def run(world):
        claims = _claims(world)
        return world.database.write(
            lambda session: getattr(claims, method)(
                session, world.rows.claimed_task, **named
            )
        )

    return run


def _store(make_cursor, name="a", first=0):
    """Store four hours of a scope, which has points there already."""

    def run(world):
        window = periods.Window(cases.hour(first), cases.hour(first + 4))
        frames = cases.frames(window, 4)
        ck_writer.Writer(world.database, world.storage).store(
            new_scopes.make(name),
            [ck_writer.Piece(window, frames, frozenset({"cpu"}))],
            make_cursor(world),
        )

    return run


def _task_cursor(world):
    return cursors.TaskCursor(
        _claims(world),
        world.rows.claimed_task,
        cases.hour(3),
        4,
        lambda session: task_notes.add(
            session, world.rows.claimed, [fault_records.note(1)]
        ),
    )


def _preview(world):
    """Compare four hours of a scope with the stored points."""
    resources = types.SimpleNamespace(
        conf=world.conf, storage=world.storage, database=world.database
    )
    window = periods.Window(cases.hour(0), cases.hour(4))
    rated = [
        rated_periods.RatedPeriod(frame, 2, frozenset({"cpu"}))
        for frame in cases.frames(window, 4)
    ]

    def make_cursor(record):
        return dataclasses.replace(_task_cursor(world), record=record)

    mode = modes.Preview(resources, world.rows.claimed_task)
    mode.begin(["cpu"])
    mode.store(
        new_scopes.make("a"), window, rated, {}, make_cursor, last=False
    )


def _state_cursor(world):
    return cursors.StateCursor(
        new_scopes.make("a"),
        world.rows.states["a"],
        cases.hour(244),
        cases.PERIOD,
    )


def _new_state_cursor(world):
    return cursors.StateCursor(
        new_scopes.make("new"), None, cases.hour(3), cases.PERIOD
    )


def _counted(session, world):
    task = task_queries.get(session, world.rows.upstreams)
    return progress.counted(session, task, cases.PERIOD)


def _check_free(session, world):
    window = periods.Window(cases.hour(50), cases.hour(60))
    windows.check_free(session, ["c"], window, cases.PERIOD)


def _check_again(session, world):
    task = task_queries.get(session, world.rows.failed)
    windows.check_again(session, [task], cases.PERIOD)


def _check_reset(check, *arguments):
    def call(session, world):
        found = scope_queries.find(session, identifiers=["a", "half"])
        check(session, found, *arguments)

    return call


def _reset(world):
    """Reset a scope of upstream's, in the middle of its data."""
    return reset_orders.reset(
        world.database,
        world.storage,
        new_scopes.make("half"),
        cases.hour(3),
        cases.PERIOD,
    )


def _create_scope(world):
    return scope_changes.create(
        world.database,
        world.clock,
        cases.PERIOD,
        new_scopes.make("new"),
        cases.hour(3),
        active=False,
    )


CASES = [
    cases.Case("accept.accept", accept_call),
    cases.Case(
        "actions.change_state", _change("waiting", states.State.PAUSED)
    ),
    cases.Case(
        "actions.change_state", _change("claimed", states.State.CANCELLED)
    ),
    cases.Case(
        "actions.change_state", _change("failed", states.State.SCHEDULED)
    ),
    cases.Case(
        "actions.change_state", _change("upstreams", states.State.PAUSED)
    ),
    cases.Case(
        "accept.accept", lambda world: accept_call(world, key="a key").count
    ),
    cases.Case(
        "batches.change_state", _change_batch(states.State.CANCELLED), TOLD
    ),
    cases.Case(
        "batch_totals.read",
        lambda world: batch_totals.read(
            world.database, cases.BATCH, offset=0, limit=9
        ),
    ),
    cases.Case(
        "batches.read",
        lambda world: batches.read(world.database, cases.PERIOD, cases.BATCH),
    ),
    cases.Case(
        "batches.find",
        lambda world: batches.find(
            world.database, cases.PERIOD, offset=0, limit=9, filters={}
        ),
    ),
    cases.Case(
        "overview.read",
        lambda world: overview.read(
            world.database, world.clock, with_workers=True
        ),
    ),
    cases.of_session(
        "rows.of",
        lambda session, world: rows.of(
            session,
            [task_queries.get(session, world.rows.waiting)],
            cases.PERIOD,
        ),
    ),
    cases.Case(
        "rows.of_batch",
        lambda world: rows.of_batch(
            world.database,
            cases.PERIOD,
            batch_tasks.Listing(batch_id=cases.BATCH),
        ),
    ),
    cases.Case("bulk.count", lambda world: bulk.count(world.database, _ALL)),
    cases.Case(
        "bulk.change_states",
        lambda world: bulk.change_states(
            world.database, world.clock, cases.PERIOD, _ALL
        ),
        TOLD,
    ),
    cases.Case(
        "workers.read",
        lambda world: workers.read(world.database, world.clock).workers,
    ),
    cases.Case(
        "workers.read_in",
        lambda world: world.database.write(
            lambda session: workers.read_in(session, world.clock).workers
        ),
    ),
    cases.Case("Claims.claim_next", lambda world: _claims(world).claim_next()),
    cases.Case("Claims.next_due", lambda world: _claims(world).next_due()),
    cases.Case(
        "detail.read",
        lambda world: detail.read(
            world.database, world.clock, cases.PERIOD, world.rows.waiting
        ),
    ),
    cases.Case(
        "detail.read_notes",
        lambda world: detail.read_notes(
            world.database, world.rows.claimed, offset=0, limit=10
        ),
    ),
    cases.Case("Claims.renew", _on_claim("renew")),
    cases.Case("Claims.hold", _in_session("hold")),
    cases.Case(
        "Claims.advance",
        _in_session("advance", current_at=cases.hour(3), periods_done=4),
        TOLD,
    ),
    cases.Case(
        "Claims.advance",
        _in_session(
            "advance", current_at=cases.hour(9), periods_done=10, last=True
        ),
        TOLD,
    ),
    cases.Case(
        "Claims.keep_totals",
        _on_claim("keep_totals", [fault_records.total("disk", 5)]),
    ),
    cases.Case(
        "Claims.release_succeeded", _on_claim("release_succeeded"), TOLD
    ),
    cases.Case(
        "Claims.release_succeeded",
        lambda world: _claims(world).release_succeeded(
            world.rows.claimed_task,
            lambda session: task_totals.replace(
                session,
                world.rows.claimed,
                [fault_records.total("cpu", 5)],
            ),
        ),
        TOLD,
    ),
    cases.Case("Claims.has_succeeded", _on_claim("has_succeeded")),
    cases.Case("Claims.release", _on_claim("release"), TOLD),
    cases.Case("Claims.release_busy", _on_claim("release_busy"), TOLD),
    cases.Case(
        "Claims.release_failed",
        _on_claim("release_failed", "why", moved=False),
        TOLD,
    ),
    cases.Case(
        "Claims.release_failed",
        _on_claim("release_failed", "why", moved=False, most=1, at=WINDOW),
        TOLD,
    ),
    cases.of_session("progress.counted", _counted),
    cases.of_session("windows.check_free", _check_free),
    cases.of_session("windows.check_again", _check_again),
    cases.of_session(
        "windows.lock",
        lambda session, world: windows.lock(session, ["a", "half"]),
    ),
    cases.of_session(
        "scope_reset.check",
        _check_reset(scope_reset.check, cases.hour(10), cases.PERIOD),
    ),
    cases.of_session(
        "scope_reset.check_whole", _check_reset(scope_reset.check_whole)
    ),
    # The answer is how far it was rated, for the log.
    cases.Case("orchestrator.resets.reset", _reset, TOLD),
    cases.Case("scope_changes.create", _create_scope),
    cases.Case(
        "scope_changes.change",
        lambda world: scope_changes.change(
            world.database,
            world.clock,
            "half",
            fetcher="keystone",
            active=False,
        ),
    ),
    cases.Case("Writer.store", _store(_task_cursor)),
    cases.Case("modes.Preview.store", _preview),
    # The repetition reports to live rating that another process did it.
    cases.Case("Writer.store", _store(_state_cursor, first=241), TOLD),
    cases.Case("Writer.store", _store(_new_state_cursor, "new"), TOLD),
    *fault_cohorts.WHOLES,
    *fault_limits.WHOLES,
    *fault_rules.EDITS,
    *fault_scripts.EDITS,
]


#: Covered by tests of their own: they come after the commit.
AFTERWARDS = {"notices.tell_batch", "notices.tell_each", "notices.tell_now"}


def public_functions():
    """Yield the functions to cover, by introspection."""
    for found in pkgutil.iter_modules(tasks.__path__):
        module = __import__(
            f"cloudkitty.tasks.{found.name}", fromlist=[found.name]
        )
        yield from cases.functions_with(module, "session", "database")
    for found in pkgutil.iter_modules(scopes.__path__):
        module = __import__(
            f"cloudkitty.scopes.{found.name}", fromlist=[found.name]
        )
        for name in cases.names_with(module, "session", "database"):
            yield f"scope_{found.name}.{name}"
    for name, _ in inspect.getmembers(ck_claims.Claims, inspect.isfunction):
        if not name.startswith("_"):
            yield f"Claims.{name}"
    yield from fault_rules.public_edits()
    yield from fault_scripts.public_edits()
    yield "Writer.store"
