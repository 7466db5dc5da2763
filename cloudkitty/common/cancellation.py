# SPDX-License-Identifier: Apache-2.0
"""End work in another thread that waits for a backend.

The caller that starts the work creates a ``Cancellation`` and enters it in the
working thread. Code that waits there (``common.http``) gets it from
``current`` and registers a function that ends the wait.
"""

import collections.abc
import contextlib
import contextvars
import threading

_current: contextvars.ContextVar["Cancellation | None"] = (
    contextvars.ContextVar("cancellation", default=None)
)


class Cancellation:
    """A signal to stop, for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[object, collections.abc.Callable[[], None]] = {}
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._cancelled

    def cancel(self) -> None:
        """Cancel the work; does not block, and is idempotent."""
        with self._lock:
            self._cancelled = True
            ends = list(self._ends.values())
        for end in ends:
            end()

    @contextlib.contextmanager
    def entered(self) -> collections.abc.Iterator[None]:
        """Make it the ``current`` cancellation of this thread."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @contextlib.contextmanager
    def ending(
        self, end: collections.abc.Callable[[], None]
    ) -> collections.abc.Iterator[None]:
        """Let ``cancel`` call ``end`` while the block runs.

        :param end: called in the thread of ``cancel``, immediately if it was
            called before; must not block and must not raise.
        """
        key = object()
        with self._lock:
            self._ends[key] = end
            cancelled = self._cancelled
        try:
            if cancelled:
                end()
            yield
        finally:
            with self._lock:
                del self._ends[key]


def current() -> Cancellation | None:
    """Return the cancellation of this thread; None if it has none."""
    return _current.get()
