# SPDX-License-Identifier: Apache-2.0
"""Check that locks can be acquired before tasks are claimed."""

import datetime

import tooz
from oslo_log import log

from cloudkitty.common import log_fields
from cloudkitty.orchestrator import locks as ck_locks

LOG = log.getLogger(__name__)

#: Delay between two checks of locks that could not be acquired.
PAUSE = datetime.timedelta(seconds=10)


class LockCheck:
    """Keeps a worker without a lock server from claiming tasks.

    Such a worker would claim a task as soon as it is due again, before the
    workers of other hosts, until no attempt is left.

    :param locks: the locks of the worker.
    """

    def __init__(self, locks: ck_locks.Locks) -> None:
        self._locks = locks
        self._failures = 0
        self._passed = True

    @property
    def passed(self) -> bool:
        """Whether the last check acquired a lock."""
        return self._passed

    def run(self, failures: int) -> bool:
        """Return whether tasks may be claimed.

        Acquires a lock, but only if an attempt has failed since the last
        check or that check has failed.

        :param failures: number of attempts of this worker that have failed.
        """
        if failures != self._failures or not self._passed:
            self._passed = self._check()
            self._failures = failures
        return self._passed

    def _check(self) -> bool:
        # Whether another worker has this lock is irrelevant.
        try:
            with self._locks.try_hold(self._locks.names.of_scope("")):
                return True
        except tooz.ToozError as error:
            LOG.warning(
                *log_fields.event(
                    "no tasks are claimed: the lock server is unavailable",
                    error=type(error).__name__,
                )
            )
            return False
