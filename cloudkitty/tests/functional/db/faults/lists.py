# SPDX-License-Identifier: Apache-2.0
"""A call of every function on lists of batches, backlogs and workers."""

from cloudkitty.db import workers
from cloudkitty.db.scopes import lag
from cloudkitty.db.tasks import backlog
from cloudkitty.db.tasks import batch_counts
from cloudkitty.db.tasks import batch_lists
from cloudkitty.db.tasks import batch_prices
from cloudkitty.db.tasks import batch_tasks
from cloudkitty.db.tasks import bulk
from cloudkitty.db.tasks import filters
from cloudkitty.db.tasks import first_scopes
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import preview_links
from cloudkitty.db.tasks import revisions
from cloudkitty.tests.functional.db.faults import cases

_MINE = task_models.Reprocess.batch_id == cases.BATCH
_OVERLAP = filters.Overlap(
    begin=cases.hour(1), end=None, period_seconds=cases.PERIOD
)
_IDENTITY = workers.Identity(
    name="host:1", host="host", kind="rating", number=0, pid=1, version="1"
)


def prepare(session):
    """Insert workers, of which the calls forget one."""
    for name in ("host:2", "host:3"):
        session.add(
            workers.WorkerRow(
                name=name,
                host=name,
                kind="rating",
                number=0,
                pid=1,
                version="1",
                started_at=cases.NOW,
                last_seen_at=cases.LATER if name == "host:3" else cases.NOW,
                tasks=0,
            )
        )


FUNCTIONS = [
    cases.of_session(
        "backlog.by_state",
        lambda session, world: backlog.by_state(session),
    ),
    cases.of_session(
        "backlog.oldest_waiting",
        lambda session, world: backlog.oldest_waiting(session),
    ),
    cases.of_session(
        "lag.read",
        lambda session, world: lag.read(
            session,
            scope_key="project_id",
            fetcher="source",
            collector="prometheus",
            late_before=cases.NOW,
        ),
    ),
    cases.of_session(
        "batch_counts.count",
        lambda session, world: sorted(batch_counts.count(session, _MINE)),
    ),
    cases.of_session(
        "batch_counts.pace",
        lambda session, world: batch_counts.pace(session, _MINE),
    ),
    cases.of_session(
        "batch_counts.emptied",
        lambda session, world: batch_counts.emptied(
            session, _MINE, cases.PERIOD
        ),
    ),
    cases.of_session(
        "batch_prices.of_batches",
        lambda session, world: batch_prices.of_batches(session, _MINE),
    ),
    cases.of_session(
        "batch_prices.of_metrics",
        lambda session, world: batch_prices.of_metrics(session, _MINE),
    ),
    cases.of_session(
        "batch_prices.of_tasks",
        lambda session, world: batch_prices.of_tasks(
            session, [world.rows.waiting]
        ),
    ),
    cases.of_session(
        "batch_tasks.find",
        lambda session, world: batch_tasks.find(
            session, batch_tasks.Listing(batch_id=cases.BATCH)
        ),
    ),
    cases.of_session(
        "first_scopes.find",
        lambda session, world: first_scopes.find(
            session, [world.rows.waiting]
        ),
    ),
    cases.of_session(
        "preview_links.find",
        lambda session, world: preview_links.find(session, [cases.BATCH]),
    ),
    cases.of_session(
        "revisions.of_all",
        lambda session, world: revisions.of_all(session),
    ),
    cases.of_session(
        "revisions.of_all_and_workers",
        lambda session, world: revisions.of_all_and_workers(
            session, cases.NOW
        ),
    ),
    cases.of_session(
        "revisions.of_batch",
        lambda session, world: revisions.of_batch(session, cases.BATCH),
    ),
    cases.of_session(
        "revisions.of_task",
        lambda session, world: revisions.of_task(session, world.rows.waiting),
    ),
    cases.of_session(
        "batch_lists.find",
        lambda session, world: batch_lists.find(session, cases.PERIOD),
    ),
    cases.of_session(
        "batch_lists.count",
        lambda session, world: batch_lists.count(session),
    ),
    cases.of_session(
        "batch_lists.get",
        lambda session, world: batch_lists.get(
            session, cases.BATCH, cases.PERIOD
        ),
    ),
    cases.of_session(
        "batch_lists.failing",
        lambda session, world: batch_lists.failing(session, cases.BATCH, 9),
    ),
    cases.of_session(
        "filters.conditions",
        lambda session, world: len(
            filters.conditions(session, {"overlap": _OVERLAP})
        ),
    ),
    cases.of_session(
        "bulk.select",
        lambda session, world: bulk.select(
            session, {"batch_ids": [cases.BATCH]}, ["scheduled"]
        ),
    ),
    cases.of_session(
        "bulk.scope_ids",
        lambda session, world: bulk.scope_ids(session, [world.rows.waiting]),
    ),
    cases.of_session(
        "bulk.lock",
        lambda session, world: bulk.lock(session, [world.rows.waiting]),
    ),
    cases.of_session(
        "workers.forget",
        lambda session, world: workers.forget(
            session, _IDENTITY, replaced=cases.NOW, old=cases.LATER
        ),
        cases.TOLD,
    ),
    cases.of_session(
        "workers.find", lambda session, world: workers.find(session)
    ),
]
