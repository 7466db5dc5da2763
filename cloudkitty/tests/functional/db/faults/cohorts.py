# SPDX-License-Identifier: Apache-2.0
"""A call of every function that writes several tasks at once."""

from cloudkitty.db.tasks import cohorts as task_cohorts
from cloudkitty.db.tasks import counters as task_counters
from cloudkitty.db.tasks import due as due_tasks
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tasks import retries as task_retries
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_tasks
from cloudkitty.tests.functional.db.faults import cases
from cloudkitty.tests.functional.db.faults import records as fault_records

BATCH = "cohort"
TOLD, TWICE = cases.TOLD, cases.TWICE


def prepare(session):
    """Insert three tasks that differ only in the scope."""
    new = [cases.new_task(name, 40, 49, batch_id=BATCH) for name in "xyz"]
    new_tasks.insert(session, new, cases.NOW)


def _skipped(world):
    return [world.rows.waiting, world.rows.upstreams]


def _first(session):
    """Return the oldest of the three."""
    found = task_queries.find(session, batch_ids=[BATCH], ascending=True)
    return found[0]


def _claim(session, world):
    return task_cohorts.claim_next(
        session,
        10,
        owner="two",
        now=cases.NOW,
        lease_seconds=60,
        skip=_skipped(world),
    )


def _advance(session, world):
    task_cohorts.advance(
        session,
        [world.rows.claimed],
        current_at=cases.hour(3),
        periods_done=4,
        lease_expires_at=cases.LATER,
        now=cases.NOW,
    )


def _release(undo):
    def call(session, world):
        task_cohorts.release(
            session,
            [world.rows.claimed],
            state="scheduled" if undo else "succeeded",
            now=cases.LATER,
            by="one",
            progress=None if undo else (cases.hour(9), 10),
            undo=undo,
        )

    return call


def _add_events(session, world):
    task_events.add_many(
        session,
        [world.rows.claimed, world.rows.waiting],
        at=cases.NOW,
        from_states=["running", "scheduled"],
        to_state="failed",
        by="somebody",
        whys=["why", None],
    )


def _add_totals(session, world):
    task_totals.add_many(
        session, {world.rows.waiting: [fault_records.total("cpu", 8)]}
    )


def _replace_totals(session, world):
    totals = [fault_records.total("disk", 5)]
    task_totals.replace_many(
        session, {world.rows.claimed: totals, world.rows.waiting: totals}
    )


FUNCTIONS = [
    cases.of_session("task_cohorts.claim_next", _claim, TOLD),
    cases.of_session(
        "task_cohorts.lock_claimed",
        lambda session, world: task_cohorts.lock_claimed(
            session, [world.rows.claimed_task]
        ),
    ),
    cases.of_session(
        "task_cohorts.renew",
        lambda session, world: task_cohorts.renew(
            session, [world.rows.claimed], cases.LATER
        ),
    ),
    cases.of_session("task_cohorts.advance", _advance),
    cases.of_session("task_cohorts.release", _release(undo=False), TWICE),
    cases.of_session("task_cohorts.release", _release(undo=True), TWICE),
    cases.of_session(
        "due_tasks.lock_of_batch",
        lambda session, world: due_tasks.lock_of_batch(
            session, cases.NOW, BATCH, _first(session).id, 9
        ),
    ),
    cases.of_session("task_events.add_many", _add_events, TWICE),
    cases.of_session(
        "task_events.undo_claims",
        lambda session, world: task_events.undo_claims(
            session, [world.rows.claimed, world.rows.waiting]
        ),
        TOLD,
    ),
    cases.of_session(
        "task_counters.count_kept_many",
        lambda session, world: task_counters.count_kept_many(
            session, {world.rows.claimed: 3, world.rows.waiting: 2}
        ),
        TWICE,
    ),
    cases.of_session(
        "task_notes.add_many",
        lambda session, world: task_notes.add_many(
            session, {world.rows.waiting: [fault_records.note(7)]}
        ),
        TOLD,
    ),
    cases.of_session("task_totals.add_many", _add_totals, TOLD),
    cases.of_session("task_totals.replace_many", _replace_totals),
    cases.of_session(
        "task_totals.find_many",
        lambda session, world: task_totals.find_many(
            session, [world.rows.claimed, world.rows.waiting]
        ),
    ),
    cases.of_session(
        "task_queries.get_many",
        lambda session, world: task_queries.get_many(
            session, [world.rows.claimed, world.rows.failed]
        ),
    ),
]


def _claims(world):
    return new_claims.make(
        world.database,
        world.clock,
        "two",
        period_seconds=cases.PERIOD,
        retries=task_retries.Retries(),
    )


def _on_claim(method, *arguments, **named):
    def run(world):
        return getattr(_claims(world), method)(
            [world.rows.claimed_task], *arguments, **named
        )

    return run


def _in_session(method, **named):
    def run(world):
        claims = _claims(world)
        return world.database.write(
            lambda session: getattr(claims, method)(
                session, [world.rows.claimed_task], **named
            )
        )

    return run


def _keep_totals(world):
    _claims(world).keep_totals_of(
        [world.rows.claimed_task],
        {world.rows.claimed: [fault_records.total("disk", 5)]},
    )


WHOLES = [
    cases.Case(
        "Claims.look",
        lambda world: _claims(world).look(10, _skipped(world)),
    ),
    cases.Case("Claims.hold_cohort", _in_session("hold_cohort")),
    cases.Case("Claims.renew_cohort", _on_claim("renew_cohort")),
    cases.Case("Claims.keep_totals_of", _keep_totals),
    cases.Case(
        "Claims.advance_cohort",
        _in_session(
            "advance_cohort", current_at=cases.hour(3), periods_done=4
        ),
        TOLD,
    ),
    cases.Case(
        "Claims.advance_cohort",
        _in_session(
            "advance_cohort",
            current_at=cases.hour(9),
            periods_done=10,
            last=True,
        ),
        TOLD,
    ),
    cases.Case("Claims.release_cohort", _on_claim("release_cohort")),
    cases.Case(
        "Claims.release_cohort", _on_claim("release_cohort", undo=True)
    ),
]
