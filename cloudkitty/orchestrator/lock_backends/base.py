# SPDX-License-Identifier: Apache-2.0
"""Interface of the lock backends."""

import collections.abc
import typing

#: Locks that one caller holds at once. More locks do not make its statements
#: cheaper, but are kept from other workers for longer.
MOST_AT_ONCE = 500


class Hold(typing.Protocol):
    """Locks that one caller has acquired."""

    @property
    def names(self) -> frozenset[bytes]:
        """The names of the acquired locks."""
        ...

    def release(self) -> None:
        """Release all of them, also if the release of one fails.

        :raises tooz.ToozError: the first failure.
        """
        ...


class Backend(typing.Protocol):
    """Locks that exclude other workers."""

    most_at_once: int

    def start(self) -> None:
        """Connect. Call only after a fork.

        :raises tooz.ToozError: if the backend is unreachable.
        """
        ...

    def stop(self) -> None:
        """Disconnect; locks that are still held are lost."""
        ...

    def acquire(self, names: collections.abc.Iterable[bytes]) -> Hold:
        """Acquire the locks that are free; never wait for another holder.

        :raises tooz.ToozError: if a request fails; no lock is held then.
        """
        ...
