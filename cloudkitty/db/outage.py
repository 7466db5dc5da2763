# SPDX-License-Identifier: Apache-2.0
"""One line of the log when a database goes, one when it is back."""

import collections.abc
import contextlib
import logging
import threading
import time

from oslo_db import exception as db_exception

from cloudkitty.common import log_fields

LOG = logging.getLogger(__name__)


class Outage:
    """Whether a server is away, as this process has found it.

    :param unit: which database, for the log.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._lock = threading.Lock()
        self._since: float | None = None
        self._back_at = float("-inf")

    @contextlib.contextmanager
    def watch(self) -> collections.abc.Iterator[None]:
        """Note whether the block has reached the server."""
        began_at = time.monotonic()
        try:
            yield
        except db_exception.DBConnectionError as error:
            # A connection from before the outage says nothing about now.
            if began_at > self._back_at:
                self._away(error)
            raise
        if self._since is not None:
            self._back()

    def _away(self, error: Exception) -> None:
        with self._lock:
            if self._since is not None:
                return
            self._since = time.monotonic()
        LOG.error(
            *log_fields.event(
                "database away", unit=self._unit, error=type(error).__name__
            )
        )

    def _back(self) -> None:
        with self._lock:
            since, self._since = self._since, None
            self._back_at = time.monotonic()
        if since is not None:
            LOG.warning(
                *log_fields.event(
                    "database back",
                    unit=self._unit,
                    seconds=time.monotonic() - since,
                )
            )
