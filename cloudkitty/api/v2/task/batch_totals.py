# SPDX-License-Identifier: Apache-2.0
"""``/v2/task/batches/{batch_id}/totals``: totals by scope and metric."""

import collections.abc
import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import paging
from cloudkitty.api.request import query
from cloudkitty.api.v2.task import detail
from cloudkitty.api.v2.task import problems
from cloudkitty.policies import task as policies
from cloudkitty.tasks import batch_totals


class TaskTotals(ordered.Base):
    """One task of a batch with its totals."""

    id = int
    scope_id = wsme.types.text
    state = wsme.types.text
    #: Empty until the task starts.
    totals = [detail.Total]

    @classmethod
    def of(cls, found: batch_totals.TaskTotals) -> typing.Self:
        """Return the wire form of ``found``."""
        return cls(
            id=found.task.id,
            scope_id=found.task.scope_id,
            state=found.task.state,
            totals=[detail.Total.of(total) for total in found.totals],
        )


class BatchTotals(resource.Resource):
    """``/v2/task/batches/{batch_id}/totals``."""

    def __init__(self, batch_id: collections.abc.Callable[[], str]) -> None:
        """Create the resource.

        :param batch_id: returns the checked id in the path.
        """
        self._batch_id = batch_id

    @resource.answers_json
    def get(self) -> paging.Envelope[TaskTotals]:
        """List the totals of the tasks, oldest task first, in pages."""
        authorize.authorize(policies.GET)
        args = query.read(*paging.NAMES)
        page = paging.read(args)
        with problems.answered():
            found, total = batch_totals.read(
                hooks.services().database,
                self._batch_id(),
                offset=page.offset,
                limit=page.limit,
            )
        link = paging.next_link(args, page, len(found), total)
        return paging.envelope(
            [TaskTotals.of(each) for each in found], total, link
        )
