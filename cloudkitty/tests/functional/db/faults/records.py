# SPDX-License-Identifier: Apache-2.0
"""A call of every function that records the history of tasks."""

import decimal

from cloudkitty.common import periods
from cloudkitty.db.tasks import batches as task_batches
from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import idempotency_keys
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import overlap as task_overlap
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tests.functional.db.faults import cases


def total(metric, price):
    """Return the total of a metric before a task."""
    amount = task_records.Amount(
        points=2, price=decimal.Decimal(price), qty=decimal.Decimal(4)
    )
    return task_records.TaskTotal(metric=metric, before=amount)


def note(begin, kind="no_data"):
    """Return a note of one period."""
    return task_records.TaskNote(
        begin=cases.hour(begin), end=cases.hour(begin + 1), kind=kind
    )


def prepare(session, known):
    """Insert rows that the calls find.

    :param known: ``fault_cases.Prepared``.
    """
    task_totals.replace(session, known.claimed, [total("cpu", 8)])
    task_notes.add(session, known.claimed, [note(0), note(4, "failed")])
    idempotency_keys.add(
        session,
        "old",
        idempotency_keys.Known(body_digest="body", batch_id="batch"),
        cases.START,
    )


def _add_event(session, world):
    task_events.add(
        session,
        world.rows.claimed,
        at=cases.NOW,
        from_state="running",
        to_state="failed",
        by="somebody",
        why="why",
    )


def _release_busy(session, world):
    return task_claims.release(
        session,
        world.rows.claimed,
        1,
        state="scheduled",
        now=cases.NOW,
        undo=True,
        next_attempt_at=cases.LATER,
        by="one",
        why="busy",
    )


def _change_batch(session, world):
    found = task_batches.lock(session, cases.BATCH, ["scheduled", "running"])
    task_batches.transition(
        session, found, "paused", cases.NOW, by="ann", why="wait"
    )


def _remember(session, world):
    known = idempotency_keys.Known(body_digest="body", batch_id="batch")
    idempotency_keys.add(session, "new", known, cases.NOW)


CASES = [
    cases.of_session("task_events.add", _add_event, cases.TWICE),
    cases.of_session(
        "task_events.add_accepted",
        lambda session, world: task_events.add_accepted(
            session, cases.BATCH, cases.NOW
        ),
        cases.TWICE,
    ),
    cases.of_session(
        "task_events.undo_claim",
        lambda session, world: task_events.undo_claim(
            session, world.rows.claimed
        ),
        cases.TOLD,
    ),
    cases.of_session(
        "task_events.find",
        lambda session, world: task_events.find(session, world.rows.claimed),
    ),
    cases.of_session(
        "task_totals.find",
        lambda session, world: task_totals.find(session, world.rows.claimed),
    ),
    cases.of_session(
        "task_totals.add",
        lambda session, world: task_totals.add(
            session, world.rows.claimed, [total("disk", 1)]
        ),
        cases.TOLD,
    ),
    cases.of_session(
        "task_totals.replace",
        lambda session, world: task_totals.replace(
            session, world.rows.claimed, [total("cpu", 9), total("disk", 1)]
        ),
    ),
    cases.of_session(
        "task_notes.add",
        lambda session, world: task_notes.add(
            session, world.rows.claimed, [note(7), note(9, "emptied")]
        ),
        cases.TOLD,
    ),
    cases.of_session(
        "task_notes.extend",
        lambda session, world: task_notes.extend(
            session, world.rows.claimed, [note(1), note(9, "emptied")]
        ),
        cases.TOLD,
    ),
    cases.of_session(
        "task_notes.replace_failure",
        lambda session, world: task_notes.replace_failure(
            session,
            world.rows.claimed,
            periods.Window(cases.hour(6), cases.hour(7)),
            "why",
        ),
    ),
    cases.of_session(
        "task_notes.forget_failure",
        lambda session, world: task_notes.forget_failure(
            session, world.rows.claimed
        ),
    ),
    cases.of_session(
        "task_notes.find",
        lambda session, world: task_notes.find(session, world.rows.claimed),
    ),
    cases.of_session(
        "task_notes.count",
        lambda session, world: task_notes.count(session, world.rows.claimed),
    ),
    cases.of_session(
        "idempotency_keys.get",
        lambda session, world: idempotency_keys.get(
            session, "old", cases.START
        ),
    ),
    cases.of_session("idempotency_keys.add", _remember, cases.TOLD),
    cases.of_session(
        "idempotency_keys.forget",
        lambda session, world: idempotency_keys.forget(session, cases.NOW),
    ),
    cases.of_session("task_claims.release", _release_busy, cases.TOLD),
    cases.of_session(
        "task_batches.get",
        lambda session, world: task_batches.get(session, cases.BATCH),
    ),
    cases.of_session(
        "task_batches.scope_ids",
        lambda session, world: task_batches.scope_ids(session, cases.BATCH),
    ),
    cases.of_session(
        "task_batches.lock",
        lambda session, world: task_batches.lock(
            session, cases.BATCH, ["scheduled", "running"]
        ),
    ),
    cases.of_session("task_batches.transition", _change_batch),
    cases.of_session(
        "task_overlap.running",
        lambda session, world: task_overlap.running(session, cases.PERIOD),
    ),
]
