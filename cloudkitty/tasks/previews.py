# SPDX-License-Identifier: Apache-2.0
"""The digest of a preview, which an approver or a user who orders sends.

It is the SHA-256 of lines of JSON: the window, the metrics and the options of
the tasks, then each scope, by id, with its totals, by metric. Amounts are
strings with all digits, as the API shows them.
"""

import collections.abc
import dataclasses
import datetime
import hashlib
import json
import typing

from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db import facade
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tasks import errors

Tasks = collections.abc.Sequence[task_records.Task]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Fields of the request that a preview was made of."""

    scope_ids: tuple[str, ...]
    start_at: datetime.datetime
    end_at: datetime.datetime
    metrics: tuple[str, ...] | None
    allow_empty: bool


def read(database: facade.Database, batch_id: str, digest: str) -> Content:
    """Return the content of a complete preview, for an order.

    :param digest: digest of the preview that the caller has seen.
    :raises cloudkitty.tasks.errors.PreviewMismatch: if the batch is no
        preview, is not complete, or has another digest.
    """
    with database.reader() as session:
        tasks = find(session, batch_id)
        check(session, tasks, digest)
    first = tasks[0]
    return Content(
        scope_ids=tuple(task.scope_id for task in tasks),
        start_at=first.start_at,
        end_at=first.end_at,
        metrics=first.metrics,
        allow_empty=first.allow_empty,
    )


def check(session: orm.Session, tasks: Tasks, expected: str) -> None:
    """Check that a preview is complete and has the digest ``expected``.

    :param tasks: all tasks of the preview.
    :raises cloudkitty.tasks.errors.PreviewMismatch: otherwise.
    """
    if not tasks:
        raise errors.PreviewMismatch(
            "preview_batch_id identifies no preview: create one with mode "
            "preview and the same scopes, window and metrics"
        )
    found = digest(session, tasks)
    if found is None:
        raise errors.PreviewMismatch(
            "the preview is not complete: wait until all its tasks have "
            "succeeded, and send its digest"
        )
    if found != expected:
        raise errors.PreviewMismatch(
            "digest is not that of the preview: get the preview's batch, "
            "check its totals and send its digest"
        )


def find(session: orm.Session, batch_id: str) -> Tasks:
    """Return the tasks of a batch, by id; empty if it is no preview."""
    tasks = task_queries.find(session, batch_ids=[batch_id], ascending=True)
    return [task for task in tasks if task.mode == task_modes.PREVIEW]


def complete(tasks: Tasks) -> bool:
    """Return whether all tasks of a preview have succeeded."""
    return bool(tasks) and all(
        task.state == states.State.SUCCEEDED for task in tasks
    )


def content(task: task_records.Task) -> dict[str, object]:
    """Return the common attributes of the tasks of one request.

    A preview belongs to a request if these and the scopes are equal.
    """
    return {
        "start": task.start_at.isoformat(),
        "end": task.end_at.isoformat(),
        "period_seconds": task.period_seconds,
        "metrics": None if task.metrics is None else sorted(task.metrics),
        "allow_empty": task.allow_empty,
    }


def digest(session: orm.Session, tasks: Tasks) -> str | None:
    """Return the digest of a preview; None until it is complete.

    :param tasks: all tasks of the preview.
    """
    if not complete(tasks):
        return None
    totals = task_totals.find_many(
        session, [task.id for task in tasks], days=False
    )
    made = hashlib.sha256(_line(content(tasks[0])))
    for task in sorted(tasks, key=lambda task: task.scope_id):
        found = [_total(total) for total in totals.get(task.id, ())]
        made.update(_line({"scope_id": task.scope_id, "totals": found}))
    return made.hexdigest()


def _line(value: dict[str, typing.Any]) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return f"{text}\n".encode("ascii")


def _total(total: task_records.TaskTotal) -> dict[str, object]:
    compared = total.comparison
    return {
        "metric": total.metric,
        "before": _amount(total.before),
        "after": _amount(total.after),
        "comparison": compared
        and [
            _amount(part)
            for part in (
                compared.equal,
                compared.changed,
                compared.missing,
                compared.extra,
            )
        ],
    }


def _amount(amount: task_records.Amount | None) -> list[object] | None:
    if amount is None:
        return None
    qty = None if amount.qty is None else money.text(amount.qty)
    return [amount.points, qty, money.text(amount.price)]
