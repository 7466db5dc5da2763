# SPDX-License-Identifier: Apache-2.0
"""A worker's share of the scopes with due periods."""

import collections.abc
import logging

from oslo_db import exception as db_exception
from oslo_log import log

from cloudkitty.common import log_fields
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import shards as ck_shards

LOG = log.getLogger(__name__)


class Shares:
    """Claims shards of scopes until about a given number of scopes is found.

    :param shards: the leases of this worker.
    """

    def __init__(self, shards: ck_shards.Shards) -> None:
        self._shards = shards

    def claim(
        self, scope_ids: collections.abc.Iterable[str], count: int
    ) -> list[str]:
        """Return scopes that no other worker rates now; none if all are.

        All scopes of a shard are returned together.

        :param scope_ids: the scopes with due periods.
        :param count: number of scopes wanted; more or fewer may be returned.
        :raises oslo_db.exception.DBError: if the database fails.
        """
        by_shard: dict[int, list[str]] = {}
        total = 0
        for scope_id in scope_ids:
            number = self._shards.number_of(scope_id)
            by_shard.setdefault(number, []).append(scope_id)
            total += 1
        if not total:
            return []
        most = max(1, count * len(by_shard) // total)
        return [
            scope_id
            for number in self._shards.claim(by_shard, most)
            for scope_id in by_shard[number]
        ]

    def renew(self) -> None:
        """Renew the leases in time; a failure only shortens them."""
        try:
            self._shards.renew()
        except db_exception.DBError as error:
            LOG.log(
                failures.level_of(error, logging.WARNING),
                *log_fields.event(
                    "shards not renewed",
                    error=type(error).__name__,
                ),
            )

    def release(self) -> None:
        """Free the claimed shards; they expire if that fails."""
        try:
            self._shards.release(self._shards.held)
        except db_exception.DBError as error:
            LOG.log(
                failures.level_of(error, logging.WARNING),
                *log_fields.event(
                    "shards not released",
                    error=type(error).__name__,
                ),
            )
