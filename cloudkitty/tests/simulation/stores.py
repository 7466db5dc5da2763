# SPDX-License-Identifier: Apache-2.0
"""Storage and locks that are servers of their own, with their troubles."""

import collections.abc
import contextlib
import typing

from tooz import coordination

from cloudkitty.common import scopes
from cloudkitty.orchestrator import locks as ck_locks
from cloudkitty.storage import base as storage_base
from cloudkitty.tests.fakes import storage as fake_storage
from cloudkitty.tests.simulation import faults as ck_faults
from cloudkitty.tests.simulation import hub as ck_hub


class ServerStorage(fake_storage.FakeStorage):
    """A storage elsewhere: it does not join the service's database.

    :param stored: called right after each change, with the scope's id.
    """

    def __init__(
        self,
        conf: typing.Any,
        hub: ck_hub.Hub,
        faults: ck_faults.Faults,
        stored: collections.abc.Callable[[str], None],
    ) -> None:
        super().__init__(conf)
        self._hub = hub
        self._faults = faults
        self._stored = stored

    def replace(
        self, scope: scopes.Scope, *args: typing.Any, **kwargs: typing.Any
    ) -> None:
        self._hub.point("replace")
        with self._faulty(scope):
            super().replace(scope, *args, **kwargs)
        self._hub.point("replaced")

    def delete(
        self, scope: scopes.Scope, *args: typing.Any, **kwargs: typing.Any
    ) -> None:
        self._hub.point("delete")
        with self._faulty(scope):
            super().delete(scope, *args, **kwargs)
        self._hub.point("deleted")

    @contextlib.contextmanager
    def _faulty(self, scope: scopes.Scope) -> collections.abc.Iterator[None]:
        """Fail before or after the change, if a fault is due."""
        kind = self._faults.at("storage")
        if kind and kind != "executed-then-timeout":
            raise storage_base.StorageError(f"storage: {kind}")
        yield
        self._stored(scope.identifier)
        if kind:
            raise storage_base.StorageError("storage: no answer in time")


class LockServer:
    """All locks of the deployment: name to who holds it."""

    def __init__(self, hub: ck_hub.Hub, faults: ck_faults.Faults) -> None:
        self._hub = hub
        self._faults = faults
        self.holders: dict[bytes, ck_hub.Actor] = {}

    def acquire(self, name: bytes) -> bool:
        """Give a lock to the current actor, if it is free."""
        self._hub.point("lock")
        if self._faults.at("locks"):
            raise coordination.ToozConnectionError("no lock server")
        if name in self.holders:
            return False
        self.holders[name] = self._hub.current
        return True

    def release(self, name: bytes, actor: ck_hub.Actor) -> None:
        """Release a lock; an expired one may have another owner."""
        if self.holders.get(name) is actor:
            del self.holders[name]

    def expire(self, actor: ck_hub.Actor) -> None:
        """Release all locks of ``actor``."""
        for name in [n for n, who in self.holders.items() if who is actor]:
            del self.holders[name]


class Locks:
    """``orchestrator.locks.Locks`` of one actor.

    :param names: the real names.
    :ivar most_at_once: as of the real locks.
    """

    def __init__(
        self,
        names: ck_locks.LockNames,
        server: LockServer,
        hub: ck_hub.Hub,
        most_at_once: int,
    ) -> None:
        self.names = names
        self.most_at_once = most_at_once
        self._server = server
        self._hub = hub

    @contextlib.contextmanager
    def try_hold(self, name: bytes) -> collections.abc.Iterator[bool]:
        with self.try_hold_many([name]) as acquired:
            yield name in acquired

    @contextlib.contextmanager
    def try_hold_many(
        self, names: collections.abc.Iterable[bytes]
    ) -> collections.abc.Iterator[frozenset[bytes]]:
        actor = self._hub.current
        acquired: set[bytes] = set()
        try:
            for name in names:
                if self._server.acquire(name):
                    acquired.add(name)
            yield frozenset(acquired)
        finally:
            for name in acquired:
                self._server.release(name, actor)
        self._hub.point("unlocked")
