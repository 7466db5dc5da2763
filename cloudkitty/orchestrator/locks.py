# SPDX-License-Identifier: Apache-2.0
"""Locks that exclude other workers, including upstream's."""

import collections.abc
import contextlib
import datetime
import hashlib
import urllib.parse

import tooz
from oslo_config import cfg
from oslo_log import log
from tooz import coordination

from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.orchestrator.lock_backends import base as lock_backend
from cloudkitty.orchestrator.lock_backends import loader

LOG = log.getLogger(__name__)

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
        self._backend: lock_backend.Backend | None = None

    def start(self) -> None:
        """Connect. Call only after a fork.

        :raises cloudkitty.common.exceptions.InvalidConfiguration: if the
            backend is unknown or unreachable.
        """
        try:
            backend = loader.load(self._url)
            backend.start()
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
        self._backend = backend

    def stop(self) -> None:
        """Disconnect; locks that are still held are lost."""
        if self._backend is not None:
            self._backend.stop()
            self._backend = None

    @property
    def most_at_once(self) -> int:
        """Number of locks that one caller may hold at once, at least 1."""
        return self._started().most_at_once

    @contextlib.contextmanager
    def try_hold(self, name: bytes) -> collections.abc.Iterator[bool]:
        """Acquire a lock for the block; yield whether it was acquired.

        Never waits for another holder.

        :raises tooz.ToozError: if a request to the backend fails.
        """
        with self.try_hold_many([name]) as acquired:
            yield name in acquired

    @contextlib.contextmanager
    def try_hold_many(
        self, names: collections.abc.Iterable[bytes]
    ) -> collections.abc.Iterator[frozenset[bytes]]:
        """Acquire the free ones of some locks for the block.

        Never waits for another holder. At the end all of them are released,
        also if the release of one fails.

        :param names: at most ``most_at_once``.
        :returns: yields the names of the acquired locks.
        :raises tooz.ToozError: if a request to the backend fails. An error
            of the block is not replaced by an error of the release.
        """
        hold = self._started().acquire(names)
        try:
            yield hold.names
        except BaseException:
            _release_after_error(hold)
            raise
        hold.release()

    def _started(self) -> lock_backend.Backend:
        if self._backend is None:
            raise RuntimeError("the locks are not started")
        return self._backend


def _release_after_error(hold: lock_backend.Hold) -> None:
    try:
        hold.release()
    # The error of the block is the one to report.
    except Exception as error:
        LOG.warning(
            *log_fields.event(
                "locks not released",
                error=type(error).__name__,
            ),
        )


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
