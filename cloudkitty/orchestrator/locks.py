# SPDX-License-Identifier: Apache-2.0
"""Locks that exclude other workers, including upstream's."""

import collections.abc
import contextlib
import datetime
import hashlib
import urllib.parse
import uuid

import tooz
from oslo_config import cfg
from tooz import coordination

from cloudkitty.common import exceptions

#: Text that upstream's reprocessor puts into its lock names: the text of its
#: own class, which thereby became part of the protocol.
_UPSTREAM_REPROCESSOR = "<class 'cloudkitty.orchestrator.ReprocessingWorker'>"


class LockNames:
    """Builds upstream's lock names.

    The names contain the *configured* collector, fetcher and scope key,
    regardless of the scope's row.

    :param conf: the service's options.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._tail = (
            f"{conf.collect.collector}-{conf.fetcher.backend}-"
            f"{conf.collect.scope_key}"
        )

    def of_scope(self, scope_id: str) -> bytes:
        """Return the name of the lock of live rating and of scope resets."""
        return self._digest(scope_id)

    def of_reprocess(
        self,
        scope_id: str,
        start_at: datetime.datetime,
        end_at: datetime.datetime,
    ) -> bytes:
        """Return the name of the lock of one task in upstream's processor.

        :param end_at: beginning of the last period, as in the table.
        """
        return self._digest(
            f"{_UPSTREAM_REPROCESSOR}-id={scope_id}"
            f"-start={_naive(start_at)}-end={_naive(end_at)}"
        )

    def _digest(self, base: str) -> bytes:
        # Upstream cannot lock a scope whose id is not ASCII, so UTF-8 is
        # compatible.
        text = f"cloudkitty-{base}-{self._tail}".encode()
        return hashlib.sha256(text).hexdigest().encode("ascii")


def _naive(at: datetime.datetime) -> datetime.datetime:
    return at.astimezone(datetime.UTC).replace(tzinfo=None)


class Locks:
    """The locks of one process.

    :param conf: ``[orchestrator] coordination_url`` selects the backend.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.names = LockNames(conf)
        self._url: str = conf.orchestrator.coordination_url
        self._coordinator: coordination.CoordinationDriver | None = None

    def start(self) -> None:
        """Connect. Call only after a fork.

        :raises cloudkitty.common.exceptions.InvalidConfiguration: if the
            backend is unknown or unreachable.
        """
        try:
            coordinator = coordination.get_coordinator(
                self._url, uuid.uuid4().bytes
            )
            coordinator.start(start_heart=True)
        except (
            tooz.ToozError,
            ImportError,
            OSError,
            RuntimeError,
            ValueError,
        ) as error:
            raise exceptions.InvalidConfiguration(
                "[orchestrator] coordination_url cannot be used: "
                f"{_cause(error, self._url)}"
            ) from error
        self._coordinator = coordinator

    def stop(self) -> None:
        """Disconnect; locks that are still held are lost."""
        if self._coordinator is not None:
            self._coordinator.stop()
            self._coordinator = None

    @contextlib.contextmanager
    def try_hold(self, name: bytes) -> collections.abc.Iterator[bool]:
        """Acquire a lock for the block; yield whether it was acquired.

        Never waits for another holder.

        :raises tooz.ToozError: if the request to the backend fails.
        """
        if self._coordinator is None:
            raise RuntimeError("the locks are not started")
        # A lock object that was refused cannot be used again.
        lock = self._coordinator.get_lock(name)
        held = lock.acquire(blocking=False)
        try:
            yield held
        finally:
            if held:
                lock.release()


def _cause(error: BaseException, url: str) -> str:
    """Return the reason why a backend cannot be used.

    The text does not contain the URL, which may contain a password.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        scheme, server = parts.scheme, f"{parts.hostname}:{parts.port}"
    except ValueError:
        return "it is not a URL such as redis://127.0.0.1:6379"
    if isinstance(error, ImportError):
        return (
            f"a {scheme}:// URL needs the Python package "
            f"{error.name or error}, which is not installed"
        )
    if isinstance(error, OSError):
        return str(error.strerror or type(error).__name__)
    # Raised by stevedore for a scheme without a driver.
    if isinstance(error, RuntimeError):
        return f"{scheme}:// is not a lock backend that tooz knows"
    if isinstance(error, coordination.ToozConnectionError):
        if parts.hostname:
            return f"no answer from {server}"
        return f"no access to {parts.path}"
    return type(error).__name__
