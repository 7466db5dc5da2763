# SPDX-License-Identifier: Apache-2.0
"""Approval of large requests by a second person.

A request with more than ``[reprocess] approval_above`` periods, of all its
scopes together, awaits an approval. Its tasks have their window, but no
processor executes them.
"""

import collections.abc
import dataclasses

from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.db import facade
from cloudkitty.db.tasks import approvals as task_approvals
from cloudkitty.db.tasks import batches as task_batches
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import closed
from cloudkitty.tasks import errors
from cloudkitty.tasks import governance
from cloudkitty.tasks import notices
from cloudkitty.tasks import previews
from cloudkitty.tasks import windows

LOG = log.getLogger(__name__)

_AWAITING = states.State.AWAITING_APPROVAL
_APPROVED = states.State.SCHEDULED


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The request of an approver.

    :param by: id of the approver; None without authentication.
    :param preview_id: batch of the preview that the approver has seen.
    :param digest: digest of that preview.
    :param why: the approver's reason, or None.
    :param force: whether closed periods may be rated again.
    """

    by: str | None
    preview_id: str
    digest: str
    why: str | None = None
    force: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The parts of a batch that concern its approval.

    :param approval: None if the batch needs none.
    :param digest: of a complete preview; otherwise None.
    """

    approval: task_approvals.Approval | None
    digest: str | None


def read(database: facade.Database, batch_id: str, *, preview: bool) -> Shown:
    """Return the approval of a batch, or the digest of a preview.

    :param preview: whether the batch is a preview: it needs no approval.
    """
    with database.reader() as session:
        if not preview:
            found = task_approvals.find(session, batch_id)
            return Shown(approval=found, digest=None)
        tasks = previews.find(session, batch_id)
        return Shown(approval=None, digest=previews.digest(session, tasks))


def approve(
    database: facade.Database,
    clock: ck_clock.Clock,
    period_seconds: int,
    batch_id: str,
    request: Request,
    *,
    rules: governance.Rules = governance.OFF,
    notifications: ck_notifications.Notifications = ck_notifications.SILENT,
) -> int:
    """Schedule the tasks of a batch that await their approval.

    A repeated request of the same approver changes nothing.

    :param period_seconds: ``[collect] period``.
    :param rules: rules of the operator.
    :param notifications: receives a notification for each task.
    :returns: number of tasks that are scheduled by the approval.
    :raises cloudkitty.tasks.errors.NoSuchBatch: if it does not exist.
    :raises cloudkitty.tasks.errors.NoWayForAny: if no task awaits approval.
    :raises cloudkitty.tasks.errors.OwnApproval: if the approver is the author
        of the request.
    :raises cloudkitty.tasks.errors.PreviewMismatch: if the preview is not
        complete, has another digest, or is one of another request.
    :raises cloudkitty.tasks.errors.WindowClosed: if periods were closed.
    """
    changed: list[task_records.Task] = []

    def work(session: orm.Session) -> None:
        nonlocal changed
        batch = task_batches.get(session, batch_id)
        if batch is None:
            raise errors.NoSuchBatch()
        # Lock the rows of scopes before the rows of tasks, as ``accept``.
        scope_ids = task_batches.scope_ids(session, batch_id)
        windows.lock(session, scope_ids)
        tasks = task_batches.lock(session, batch_id, [_AWAITING])
        if not tasks:
            if not _is_repeated(session, batch_id, request):
                raise errors.NoWayForAny("approved", sorted(batch.states))
            # A lost connection during the commit may have caused it.
            return
        _check_author(tasks[0], request)
        _check_preview(session, tasks[0], scope_ids, request)
        why = closed.check_tasks(
            session,
            tasks,
            _APPROVED,
            period_seconds,
            rules,
            force=request.force,
            why=request.why,
        )
        now = clock.now()
        task_batches.transition(
            session,
            tasks,
            _APPROVED,
            now,
            by=request.by,
            why=f"approved: {why}" if why else "approved",
        )
        task_approvals.store(
            session,
            batch_id,
            task_approvals.Approval(
                by=request.by,
                at=now,
                preview_id=request.preview_id,
                digest=request.digest,
            ),
        )
        changed = tasks

    database.write(work)
    if changed:
        LOG.info(
            *log_fields.event(
                "batch approved",
                batch_id=batch_id,
                preview=request.preview_id,
                tasks=len(changed),
            )
        )
        notices.tell_batch(
            notifications,
            notices.APPROVED,
            database,
            batch_id,
            only={task.id for task in changed},
        )
    return len(changed)


def _is_repeated(
    session: orm.Session, batch_id: str, request: Request
) -> bool:
    """Return whether the same approver has approved the same preview."""
    found = task_approvals.find(session, batch_id)
    return (
        found is not None
        and found.at is not None
        and (found.by, found.preview_id, found.digest)
        == (request.by, request.preview_id, request.digest)
    )


def _check_author(task: task_records.Task, request: Request) -> None:
    """Reject the author, and users whose identity is unknown."""
    if request.by is None or request.by == task.created_by:
        raise errors.OwnApproval()


def _check_preview(
    session: orm.Session,
    task: task_records.Task,
    scope_ids: collections.abc.Iterable[str],
    request: Request,
) -> None:
    """Check that the approver has seen a preview of the same request.

    :param task: one of the tasks of the request.
    :param scope_ids: scopes of the request, also of its cancelled tasks.
    """
    seen = previews.find(session, request.preview_id)
    if seen and (
        previews.content(seen[0]) != previews.content(task)
        or {each.scope_id for each in seen} != set(scope_ids)
    ):
        raise errors.PreviewMismatch(
            "the preview has other scopes, another window or other metrics "
            "than the tasks that await approval: send the batch of a preview "
            "of the same request"
        )
    previews.check(session, seen, request.digest)
