# SPDX-License-Identifier: Apache-2.0
"""Locks of tooz: one request to the backend for each lock."""

import collections.abc
import time
import uuid

from oslo_log import log
from tooz import coordination
from tooz import locking

from cloudkitty.common import log_fields
from cloudkitty.orchestrator.lock_backends import base
from cloudkitty.orchestrator.lock_backends import open_files

LOG = log.getLogger(__name__)

#: Once a release has failed, none is begun later than this: each may wait for
#: the timeout of a server that does not answer. The other locks expire.
_RELEASE_SECONDS = 10.0


class Hold:
    """Some locks of one coordinator.

    :param coordinator: started.
    """

    def __init__(self, coordinator: coordination.CoordinationDriver) -> None:
        self._coordinator = coordinator
        self._locks: dict[bytes, locking.Lock] = {}

    @property
    def names(self) -> frozenset[bytes]:
        return frozenset(self._locks)

    def try_add(self, name: bytes) -> None:
        """Add the lock of this name, if it is free."""
        # A lock object that was refused cannot be used again.
        lock = self._coordinator.get_lock(name)
        if lock.acquire(blocking=False):
            self._locks[name] = lock

    def release(self) -> None:
        if failure := self.release_all():
            raise failure

    def release_all(self) -> Exception | None:
        """Release all locks; return the first failure."""
        first: Exception | None = None
        give_up_at = time.monotonic() + _RELEASE_SECONDS
        failed = False
        left = 0
        for lock in self._locks.values():
            if failed and time.monotonic() > give_up_at:
                left += 1
                self._forget(lock)
                continue
            try:
                released = lock.release()
            except Exception as error:
                released = False
                first = first or error
            # Also without an exception: tooz repeats a request to a dead
            # Redis, and then finds that it has no lock.
            if not released:
                failed = True
                self._forget(lock)
        if left:
            LOG.warning(
                *log_fields.event(
                    "locks not released, they expire by themselves",
                    count=left,
                ),
            )
        return first

    def _forget(self, lock: locking.Lock) -> None:
        """Let a lock expire: the driver would renew it for ever."""
        renewed = getattr(self._coordinator, "_acquired_locks", None)
        if renewed is not None and lock in renewed:
            renewed.remove(lock)


class Backend:
    """One coordinator of tooz.

    :param url: of tooz.
    :raises tooz.ToozError, ImportError, RuntimeError, ValueError: if tooz
        has no driver for it.
    """

    most_at_once = base.MOST_AT_ONCE

    def __init__(self, url: str) -> None:
        self._coordinator = coordination.get_coordinator(
            url, uuid.uuid4().bytes
        )
        self._in_files = url.startswith("file:")

    def start(self) -> None:
        # Each lock in a file needs an open file.
        if self._in_files:
            self.most_at_once = open_files.make_room(base.MOST_AT_ONCE)
        self._coordinator.start(start_heart=True)
        _report_first_timeout(self._coordinator)

    def stop(self) -> None:
        self._coordinator.stop()

    def acquire(self, names: collections.abc.Iterable[bytes]) -> Hold:
        hold = Hold(self._coordinator)
        try:
            for name in dict.fromkeys(names):
                hold.try_add(name)
        except BaseException:
            hold.release_all()
            raise
        return hold


def _report_first_timeout(
    coordinator: coordination.CoordinationDriver,
) -> None:
    """Let a request to Redis fail after its timeout.

    redis-py repeats it ten times by default, minutes in which the worker
    keeps its tasks. Failed work is repeated as a whole in any case.
    """
    client = getattr(coordinator, "_client", None)
    if client is None or not hasattr(client, "set_retry"):
        return
    # Imported here: redis is an extra.
    from redis import backoff
    from redis import retry

    client.set_retry(retry.Retry(backoff.NoBackoff(), 0))
