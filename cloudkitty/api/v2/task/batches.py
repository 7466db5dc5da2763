# SPDX-License-Identifier: Apache-2.0
"""``/v2/task/batches``: all tasks of one request."""

import typing

import wsme.types

from cloudkitty.api import errors
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import query
from cloudkitty.api.v2.task import parsing
from cloudkitty.api.v2.task import problems
from cloudkitty.api.v2.task import types
from cloudkitty.db.tasks import batches as task_batches
from cloudkitty.db.tasks import states
from cloudkitty.policies import task as policies
from cloudkitty.tasks import batches


class BatchType(wsme.types.Base):
    """The tasks of one request."""

    batch_id = wsme.types.text
    reason = wsme.types.text
    mode = wsme.types.text
    created_at = wsme.types.text
    total = int
    #: Number of tasks in each state.
    states = {wsme.types.text: int}
    periods_total = int
    periods_done = int
    periods_kept = int
    #: From 0 to 1.
    progress = float
    #: Number of changed tasks, only in the response to a change.
    changed = wsme.types.wsattr(int)

    @classmethod
    def of(cls, batch: task_batches.Batch) -> typing.Self:
        """Return the wire form of ``batch``."""
        counts = {
            state.value: batch.states.get(state, 0) for state in states.State
        }
        return cls(
            batch_id=batch.batch_id,
            reason=batch.reason,
            mode=batch.mode,
            created_at=types.instant(batch.created_at),
            total=sum(counts.values()),
            states=counts,
            periods_total=batch.periods_total,
            periods_done=batch.periods_done,
            periods_kept=batch.periods_kept,
            progress=batch.periods_done / max(batch.periods_total, 1),
        )


class Batch(resource.Resource):
    """``/v2/task/batches/{batch_id}``.

    :param batch_id: ``batch_id`` of the tasks.
    """

    def __init__(self, batch_id: str) -> None:
        self._batch_id = batch_id

    @resource.answers_json
    def get(self) -> BatchType:
        """Return the progress of the tasks."""
        authorize.authorize(policies.GET)
        query.read()
        return self._show()

    @resource.answers_json
    def patch(self) -> BatchType:
        """Pause, resume, retry or cancel the tasks where possible."""
        authorize.authorize(policies.UPDATE)
        query.read()
        change = parsing.read_change(hooks.context())
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
                notifications=services.notifications,
            )
        shown = self._show()
        shown.changed = changed
        return shown

    def _show(self) -> BatchType:
        with problems.answered():
            return BatchType.of(
                batches.read(hooks.services().database, self._id())
            )

    def _id(self) -> str:
        return parsing.batch_id(self._batch_id)
