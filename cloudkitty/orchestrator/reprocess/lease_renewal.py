# SPDX-License-Identifier: Apache-2.0
"""Renewal of the leases of claims while tasks are executed."""

import collections.abc

from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.tasks import claims as ck_claims


class LeaseRenewal:
    """Renews the lease of one claim in time.

    :param resources: the worker's resources.
    :param task: claimed by ``resources.claims`` just now.
    """

    def __init__(
        self, resources: ck_resources.Resources, task: task_records.Task
    ) -> None:
        self._resources = resources
        self._task = task
        self._renew_at = 0.0
        self.schedule()

    def schedule(self) -> None:
        """Schedule the next renewal: the lease was renewed just now."""
        lease_seconds = self._resources.conf.orchestrator.lease_seconds
        self._renew_at = (
            self._resources.clock.monotonic()
            + lease_seconds * ck_claims.RENEW_AFTER
        )

    def renew_if_due(self) -> None:
        """Renew the lease if a part of its time has passed.

        :raises cloudkitty.tasks.errors.LostClaim: if another processor
            claimed the task.
        """
        if self._resources.clock.monotonic() >= self._renew_at:
            self._resources.claims.renew(self._task)
            self.schedule()


class CohortRenewal:
    """Renews the leases of all tasks that a worker holds at once.

    The tasks wait for one another: the progress of one does not renew the
    leases of the others.

    :param resources: the worker's resources.
    :param tasks: claimed by ``resources.claims`` just now.
    """

    def __init__(
        self,
        resources: ck_resources.Resources,
        tasks: collections.abc.Iterable[task_records.Task],
    ) -> None:
        self._resources = resources
        self._held = {task.id: task for task in tasks}
        self._renew_at = 0.0
        self._schedule()

    @property
    def held(self) -> list[task_records.Task]:
        """The tasks that are still held."""
        return list(self._held.values())

    def forget(self, task: task_records.Task) -> None:
        """Exclude a task whose claim has ended."""
        self._held.pop(task.id, None)

    def renew_if_due(self) -> None:
        """Renew the leases if a part of their time has passed.

        A claim that is lost is found when its task is written.
        """
        if self._resources.clock.monotonic() >= self._renew_at:
            self._resources.claims.renew_cohort(self.held)
            self._schedule()

    def _schedule(self) -> None:
        lease_seconds = self._resources.conf.orchestrator.lease_seconds
        self._renew_at = (
            self._resources.clock.monotonic()
            + lease_seconds * ck_claims.RENEW_AFTER
        )
