# SPDX-License-Identifier: Apache-2.0
"""``/v2/task/batches/{batch_id}/approve``: approval by a second person."""

import collections.abc

from cloudkitty.api import errors
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import query
from cloudkitty.api.v2.task import batch_types
from cloudkitty.api.v2.task import parsing
from cloudkitty.api.v2.task import problems
from cloudkitty.policies import task as policies
from cloudkitty.tasks import approvals
from cloudkitty.tasks import governance


class Approve(resource.Resource):
    """``/v2/task/batches/{batch_id}/approve``."""

    def __init__(
        self,
        batch_id: collections.abc.Callable[[], str],
        show: collections.abc.Callable[[int], batch_types.BatchDetail],
    ) -> None:
        """Create the resource.

        :param batch_id: returns the checked id in the path.
        :param show: returns the batch after a change of a number of tasks.
        """
        self._batch_id = batch_id
        self._show = show

    @resource.answers_json
    def post(self) -> batch_types.BatchDetail:
        """Schedule the tasks that await approval."""
        authorize.authorize(policies.APPROVE)
        query.read()
        asked = parsing.read_approval(hooks.context())
        if asked.force:
            authorize.authorize(policies.FORCE)
        services = hooks.services()
        with problems.answered(errors.Conflict):
            changed = approvals.approve(
                services.database,
                services.clock,
                services.conf.collect.period,
                self._batch_id(),
                asked,
                rules=governance.Rules.of(services.conf),
                notifications=services.notifications,
            )
        return self._show(changed)
