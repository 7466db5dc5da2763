# SPDX-License-Identifier: Apache-2.0
"""``/v2/task/batches``: all tasks of one request."""

from cloudkitty.api import errors
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import paging
from cloudkitty.api.request import query
from cloudkitty.api.v2.task import approval_types
from cloudkitty.api.v2.task import approvals
from cloudkitty.api.v2.task import batch_parsing
from cloudkitty.api.v2.task import batch_totals
from cloudkitty.api.v2.task import batch_types
from cloudkitty.api.v2.task import overview
from cloudkitty.api.v2.task import parsing
from cloudkitty.api.v2.task import problems
from cloudkitty.api.v2.task import revisions
from cloudkitty.api.v2.task import rows as ck_rows
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.policies import task as policies
from cloudkitty.tasks import approvals as ck_approvals
from cloudkitty.tasks import batches
from cloudkitty.tasks import governance
from cloudkitty.tasks import rows


class Batches(resource.Resource):
    """``/v2/task/batches``."""

    def child(self, segments: resource.Segments) -> resource.Below:
        return Batch(segments[0]), segments[1:]

    @resource.answers_json
    def get(self) -> batch_types.Batches:
        """List batches, newest first."""
        authorize.authorize(policies.GET)
        services = hooks.services()
        period_seconds = services.conf.collect.period
        listing = batch_parsing.read_listing(period_seconds)
        page = listing.page
        with_workers = listing.overview and overview.shows_workers()
        revisions.check_all(with_workers=with_workers)
        found, total = batches.find(
            services.database,
            period_seconds,
            offset=page.offset,
            limit=page.limit,
            filters=listing.filters,
        )
        paging.add_header(
            paging.next_link(listing.args, page, len(found), total)
        )
        shown: batch_types.Batches = {
            "batches": [batch_types.Batch.of(batch) for batch in found],
            "total": total,
        }
        if listing.overview:
            shown["overview"] = overview.read(with_workers=with_workers)
        return shown


class Batch(resource.Resource):
    """``/v2/task/batches/{batch_id}``.

    :param batch_id: ``batch_id`` of the tasks.
    """

    def __init__(self, batch_id: str) -> None:
        self._batch_id = batch_id

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] == "approve":
            return approvals.Approve(self._id, self._changed), segments[1:]
        if segments[0] == "totals":
            return batch_totals.BatchTotals(self._id), segments[1:]
        return None

    @resource.answers_json
    def get(self) -> batch_types.BatchDetail:
        """Return the progress of the tasks."""
        authorize.authorize(policies.GET)
        parts = batch_parsing.read_parts(self._id())
        revisions.check_batch(self._id())
        shown = self._show()
        if parts.tasks is not None:
            services = hooks.services()
            seconds = services.conf.collect.period
            found, shown.tasks_total = rows.of_batch(
                services.database, seconds, parts.tasks
            )
            shown.tasks = [ck_rows.Row.of_row(row, seconds) for row in found]
        return shown

    @resource.answers_json
    def patch(self) -> batch_types.BatchDetail:
        """Pause, resume, retry or cancel the tasks where possible."""
        authorize.authorize(policies.UPDATE)
        query.read()
        change = parsing.read_change(hooks.context())
        if change.force:
            authorize.authorize(policies.FORCE)
        services = hooks.services()
        with problems.answered(errors.Conflict):
            changed = batches.change_state(
                services.database,
                services.clock,
                services.conf.collect.period,
                self._id(),
                change.target,
                by=change.by,
                why=change.why,
                force=change.force,
                rules=governance.Rules.of(services.conf),
                notifications=services.notifications,
            )
        return self._changed(changed)

    def _changed(self, number: int) -> batch_types.BatchDetail:
        """Return the batch after a change of some of its tasks."""
        shown = self._show()
        shown.changed = number
        return shown

    def _show(self) -> batch_types.BatchDetail:
        services = hooks.services()
        batch_id = self._id()
        with problems.answered():
            shown = batch_types.BatchDetail.of_detail(
                batches.read(
                    services.database, services.conf.collect.period, batch_id
                )
            )
        preview = shown.mode == task_modes.PREVIEW
        found = ck_approvals.read(services.database, batch_id, preview=preview)
        if found.approval is not None:
            shown.approval = approval_types.Approval.of(found.approval)
        if preview:
            shown.digest = found.digest
        return shown

    def _id(self) -> str:
        return parsing.batch_id(self._batch_id)
