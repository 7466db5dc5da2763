# SPDX-License-Identifier: Apache-2.0
"""Locks that belong to a session of a database server: one connection.

tooz opens a connection for each lock. Here all locks of a process are in one
session, and one statement acquires or releases many. Their names and their
meaning on the server are those of tooz, so both exclude each other.

The server frees all locks of a lost connection. A caller that held one learns
of it from its release, as with tooz.
"""

import collections.abc
import contextlib
import threading
import time
import typing

import tooz
from tooz import coordination

from cloudkitty.orchestrator.lock_backends import base

#: Time limit in seconds to connect, and of an answer.
TIMEOUT_SECONDS = 10
#: A connection that was unused for this time is not used again: a firewall
#: or a proxy may have dropped it.
_IDLE_SECONDS = 60.0


class Server(typing.Protocol):
    """Locks of one kind of database server.

    The methods raise ``error`` if the connection is lost.
    """

    error: type[Exception]

    def key_of(self, name: bytes) -> typing.Any:
        """Return the hashable key to lock; several names may have the same."""
        ...

    def connect(self) -> typing.Any:
        """Return a new connection."""
        ...

    def try_lock(
        self,
        connection: typing.Any,
        keys: collections.abc.Sequence[typing.Any],
    ) -> list[bool]:
        """Return of each key whether it was locked."""
        ...

    def unlock(
        self,
        connection: typing.Any,
        keys: collections.abc.Sequence[typing.Any],
    ) -> bool:
        """Return whether the session still had all of them."""
        ...

    def rest(self, connection: typing.Any) -> None:
        """Called when the session has no lock any more."""
        ...


class Backend:
    """Locks in one session.

    Safe for concurrent use by several threads.
    """

    most_at_once = base.MOST_AT_ONCE

    def __init__(self, server: Server) -> None:
        self._server = server
        self._mutex = threading.Lock()
        self._connection: typing.Any = None
        self._used_at = 0.0
        #: Keys that this session has. The server lets a session lock a key
        #: twice; callers of one process must exclude each other too.
        self._keys: set[typing.Any] = set()

    def start(self) -> None:
        with self._mutex:
            self._connect()

    def stop(self) -> None:
        with self._mutex:
            self._disconnect()

    def acquire(self, names: collections.abc.Iterable[bytes]) -> base.Hold:
        with self._mutex:
            wanted: dict[typing.Any, set[bytes]] = {}
            for name in names:
                key = self._server.key_of(name)
                wanted.setdefault(key, set()).add(name)
            for key in self._keys.intersection(wanted):
                del wanted[key]
            locked = self._try_lock(list(wanted)) if wanted else []
            self._keys.update(locked)
            return Hold(
                self,
                self._connection,
                locked,
                # Several names may have one key; one caller has them all.
                frozenset().union(*(wanted[key] for key in locked)),
            )

    def release(
        self,
        connection: typing.Any,
        keys: collections.abc.Sequence[typing.Any],
    ) -> None:
        """Release keys that were locked on a connection.

        :raises tooz.ToozError: if they were lost before.
        """
        with self._mutex:
            if connection is not self._connection:
                raise coordination.ToozConnectionError(
                    "the connection of the locks was lost while they were held"
                )
            with self._lost_after_error():
                kept = self._server.unlock(connection, keys)
                self._keys.difference_update(keys)
                self._rest()
            if not kept:
                raise tooz.ToozError("a lock was lost while it was held")

    def _try_lock(
        self, keys: collections.abc.Sequence[typing.Any]
    ) -> list[typing.Any]:
        idle = time.monotonic() - self._used_at
        if not self._keys and idle > _IDLE_SECONDS:
            self._disconnect()
        if self._connection is not None:
            with contextlib.suppress(coordination.ToozConnectionError):
                return self._try_lock_once(keys)
        # The server may have restarted since the last use.
        self._connect()
        return self._try_lock_once(keys)

    def _try_lock_once(
        self, keys: collections.abc.Sequence[typing.Any]
    ) -> list[typing.Any]:
        with self._lost_after_error():
            granted = self._server.try_lock(self._connection, keys)
            locked = [
                key for key, yes in zip(keys, granted, strict=True) if yes
            ]
            if not locked:
                self._rest()
        self._used_at = time.monotonic()
        return locked

    def _rest(self) -> None:
        if not self._keys:
            self._server.rest(self._connection)

    def _connect(self) -> None:
        self._disconnect()
        with self._lost_after_error():
            self._connection = self._server.connect()
        self._used_at = time.monotonic()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self._keys.clear()
        if connection is not None:
            with contextlib.suppress(self._server.error):
                connection.close()

    @contextlib.contextmanager
    def _lost_after_error(self) -> collections.abc.Iterator[None]:
        try:
            yield
        except self._server.error as error:
            self._disconnect()
            raise coordination.ToozConnectionError(str(error)) from error


class Hold:
    """Locks of one session.

    :param connection: on which they were acquired.
    :param keys: those of ``names``.
    """

    def __init__(
        self,
        backend: Backend,
        connection: typing.Any,
        keys: collections.abc.Sequence[typing.Any],
        names: frozenset[bytes],
    ) -> None:
        self._backend = backend
        self._connection = connection
        self._keys = keys
        self.names = names

    def release(self) -> None:
        if self._keys:
            self._backend.release(self._connection, self._keys)
