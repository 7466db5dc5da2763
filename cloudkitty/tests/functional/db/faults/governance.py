# SPDX-License-Identifier: Apache-2.0
"""A call of every function about closed periods, limits and approvals."""

import dataclasses

import sqlalchemy as sa

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.tasks import approvals as task_approvals
from cloudkitty.db.tasks import caps
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.tasks import approvals
from cloudkitty.tasks import closed
from cloudkitty.tasks import governance
from cloudkitty.tasks import holds
from cloudkitty.tasks import previews
from cloudkitty.tests import new_tasks
from cloudkitty.tests.functional.db.faults import cases

LARGE, SEEN = "large", "seen"
SCOPES = ("b", "c")
RULES = governance.Rules(closed_before=cases.hour(-20))


def prepare(session):
    """Insert tasks that await approval, and their complete preview."""
    tasks = [
        cases.new_task(name, -20, -11, **fields)
        for fields in (
            {
                "batch_id": LARGE,
                "created_by": "author",
                "needs_approval": True,
            },
            {"batch_id": SEEN, "mode": "preview"},
        )
        for name in SCOPES
    ]
    new_tasks.insert(session, tasks, cases.NOW)
    session.execute(
        sa.update(task_models.Reprocess)
        .where(task_models.Reprocess.batch_id == SEEN)
        .values(state="succeeded", periods_done=10)
    )


def _tasks(session):
    return task_queries.find(session, batch_ids=[LARGE])


def _limited(world):
    return dataclasses.replace(
        world.rows.claimed_task,
        batch_id=LARGE,
        max_running=5,
        state="scheduled",
    )


def _store(session, world):
    task_approvals.store(
        session,
        LARGE,
        task_approvals.Approval(
            by="second", at=cases.NOW, preview_id=SEEN, digest="0" * 64
        ),
    )


def _digest(world):
    with world.database.reader() as session:
        return previews.digest(session, previews.find(session, SEEN))


def _check(session, world):
    tasks = previews.find(session, SEEN)
    previews.check(session, tasks, previews.digest(session, tasks))


def _approve(world):
    digest = _digest(world)
    return approvals.approve(
        world.database,
        world.clock,
        cases.PERIOD,
        LARGE,
        approvals.Request(by="second", preview_id=SEEN, digest=digest),
        rules=RULES,
    )


FUNCTIONS = [
    cases.of_session(
        "scope_queries.closed_after",
        lambda session, world: scope_queries.closed_after(
            session, cases.hour(-30), SCOPES
        ),
    ),
    cases.of_session(
        "task_approvals.find",
        lambda session, world: task_approvals.find(session, LARGE),
    ),
    cases.of_session("task_approvals.store", _store),
    # The count of claims is of no importance.
    cases.of_session(
        "caps.room",
        lambda session, world: caps.room(session, _limited(world)),
        cases.TWICE,
    ),
    cases.of_session(
        "caps.admits",
        lambda session, world: caps.admits(session, _limited(world)),
        cases.TWICE,
    ),
    cases.of_session(
        "caps.count_running",
        lambda session, world: caps.count_running(session, _limited(world)),
    ),
]

WHOLES = [
    cases.Case("approvals.approve", _approve),
    cases.Case(
        "approvals.read",
        lambda world: approvals.read(world.database, LARGE, preview=False),
    ),
    cases.of_session(
        "closed.find",
        lambda session, world: closed.find(
            session, dict.fromkeys(SCOPES, cases.hour(-30)), RULES
        ),
    ),
    cases.of_session(
        "closed.check",
        lambda session, world: closed.check(
            session,
            dict.fromkeys(SCOPES, cases.hour(-30)),
            RULES,
            force=True,
        ),
    ),
    cases.of_session(
        "closed.check_tasks",
        lambda session, world: closed.check_tasks(
            session,
            _tasks(session),
            "scheduled",
            cases.PERIOD,
            RULES,
            force=False,
        ),
    ),
    cases.of_session(
        "holds.find",
        lambda session, world: holds.find(
            session, _limited(world), cases.NOW, RULES
        ),
    ),
    cases.of_session(
        "previews.find",
        lambda session, world: len(previews.find(session, SEEN)),
    ),
    cases.Case(
        "previews.read",
        lambda world: previews.read(world.database, SEEN, _digest(world)),
    ),
    cases.of_session("previews.check", _check),
    cases.of_session(
        "previews.digest",
        lambda session, world: previews.digest(
            session, previews.find(session, SEEN)
        ),
    ),
    cases.of_session(
        "scope_reset.check_open",
        lambda session, world: scope_reset.check_open(
            session, SCOPES, cases.hour(-20), RULES
        ),
    ),
]
