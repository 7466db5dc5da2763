# SPDX-License-Identifier: Apache-2.0
"""One request and its answer, which can be ended at any moment.

The time limits of sockets hold for one read each: a server that sends one
byte every two seconds is never ended by them. Here the connection is shut
down, in both directions, by another thread: at the deadline by the watchdog,
or earlier by a cancellation. Whatever waits for the server then returns.
"""

import contextvars
import os
import socket
import threading
import time
import typing

#: The exchange for which this thread opens or uses a connection.
current: contextvars.ContextVar["Exchange | None"] = contextvars.ContextVar(
    "exchange", default=None
)
#: Seconds between two attempts to end an exchange: its connection may be
#: opened just after the first attempt.
_AGAIN = 0.2


class Exchange:
    """Holds the connection of one exchange, and ends it.

    :param seconds: from now to the deadline; None: no deadline.
    :ivar late: the deadline has passed.
    :ivar cancelled: it was ended before its deadline.
    """

    def __init__(self, seconds: float | None) -> None:
        self.deadline = None if seconds is None else time.monotonic() + seconds
        self.late = False
        self.cancelled = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None

    @property
    def ended(self) -> bool:
        """Whether the connection was shut down from here."""
        return self.late or self.cancelled

    def remaining(self) -> float | None:
        """Return the seconds to the deadline; None without one.

        :raises TimeoutError: if it has passed, or the exchange was ended.
        """
        if self.deadline is not None and time.monotonic() >= self.deadline:
            self.late = True
        if self.ended:
            raise TimeoutError("the exchange is over")
        if self.deadline is None:
            return None
        return max(0.001, self.deadline - time.monotonic())

    def attach(self, number: int) -> None:
        """Store the file descriptor of the connection.

        A copy of it is kept: the socket itself changes its owner during a
        TLS handshake, and with the headers of an answer.
        """
        handle = socket.socket(fileno=os.dup(number))
        with self._lock:
            old, self._handle = self._handle, handle
        if old is not None:
            old.close()
        if self.ended:
            self._shut()

    def expire(self) -> None:
        """End it because of its deadline."""
        self.late = True
        self._shut()

    def cancel(self) -> None:
        """End it because the answer is no longer needed."""
        self.cancelled = True
        self._shut()

    def _shut(self) -> None:
        with self._lock:
            if self._handle is not None:
                try:
                    self._handle.shutdown(socket.SHUT_RDWR)
                except OSError:
                    # Not connected.
                    pass

    def __enter__(self) -> typing.Self:
        if self.deadline is not None:
            _watchdog.watch(self, self.deadline)
        return self

    def __exit__(self, *raised: object) -> None:
        _watchdog.leave(self)
        with self._lock:
            handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()


class _Watchdog:
    """Ends exchanges at their deadlines: one thread for the process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: dict[Exchange, float] = {}
        self._thread: threading.Thread | None = None
        self._wakes_at = float("inf")

    def watch(self, exchange: Exchange, deadline: float) -> None:
        with self._changed:
            self._watched[exchange] = deadline
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="http-deadlines", daemon=True
                )
                self._thread.start()
            if deadline < self._wakes_at:
                self._changed.notify()

    def leave(self, exchange: Exchange) -> None:
        with self._changed:
            self._watched.pop(exchange, None)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for exchange, deadline in self._watched.items():
                    if deadline <= now:
                        exchange.expire()
                wait = self._seconds(now)
                self._wakes_at = now + wait
                self._changed.wait(min(wait, threading.TIMEOUT_MAX))

    def _seconds(self, now: float) -> float:
        """Return the seconds until the next exchange has to be ended."""
        return min(
            (
                deadline - now if deadline > now else _AGAIN
                for deadline in self._watched.values()
            ),
            default=float("inf"),
        )


_watchdog = _Watchdog()


def _after_fork() -> None:
    """Reset the state in a child, which has no thread and may own a lock."""
    global _watchdog
    _watchdog = _Watchdog()


os.register_at_fork(after_in_child=_after_fork)
