# SPDX-License-Identifier: Apache-2.0
"""Renewal of the leases of claims while tasks are executed."""

import abc
import collections.abc

from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.tasks import claims as ck_claims


class _Renewal(abc.ABC):
    """Renews leases after a part of their time.

    :param resources: the worker's resources. Its ``claims`` have renewed the
        leases just now.
    """

    def __init__(self, resources: ck_resources.Resources) -> None:
        self._resources = resources
        self._renew_at = 0.0
        self.schedule()

    def schedule(self) -> None:
        """Schedule the next renewal: the leases were renewed just now."""
        lease_seconds = self._resources.conf.orchestrator.lease_seconds
        self._renew_at = (
            self._resources.clock.monotonic()
            + lease_seconds * ck_claims.RENEW_AFTER
        )

    def renew_if_due(self) -> None:
        """Renew the leases if a part of their time has passed.

        The errors are those of ``_renew``.
        """
        if self._resources.clock.monotonic() >= self._renew_at:
            self._renew()
            self.schedule()

    @abc.abstractmethod
    def _renew(self) -> None:
        """Renew the leases."""


class LeaseRenewal(_Renewal):
    """Renews the lease of one claim in time.

    :param resources: the worker's resources.
    :param task: claimed by ``resources.claims`` just now.
    """

    def __init__(
        self, resources: ck_resources.Resources, task: task_records.Task
    ) -> None:
        super().__init__(resources)
        self._task = task

    def _renew(self) -> None:
        """Renew the lease.

        :raises cloudkitty.tasks.errors.LostClaim: if another processor
            claimed the task.
        """
        self._resources.claims.renew(self._task)


class CohortRenewal(_Renewal):
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
        super().__init__(resources)
        self._held = {task.id: task for task in tasks}

    @property
    def held(self) -> list[task_records.Task]:
        """The tasks that are still held."""
        return list(self._held.values())

    def forget(self, task: task_records.Task) -> None:
        """Exclude a task whose claim has ended."""
        self._held.pop(task.id, None)

    def _renew(self) -> None:
        """Renew the leases; a lost claim is found when its task is written."""
        self._resources.claims.renew_cohort(self.held)
