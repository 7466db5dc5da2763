# SPDX-License-Identifier: Apache-2.0
"""Renewal of a claim's lease while its task is executed."""

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
