# SPDX-License-Identifier: Apache-2.0
"""The shards of the scopes that this worker processes."""

import collections.abc
import datetime
import random
import zlib

from oslo_db import exception as db_exception
from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.db import facade
from cloudkitty.db import shards as db_shards

LOG = log.getLogger(__name__)


class Shards:
    """Leases of one worker on shards.

    Shards only divide the work, so that workers do not try the same scopes.
    The loss of a lease is no error and needs no check before a write: the
    scope's lock and the compare-and-set of its cursor protect the data.

    Not safe for concurrent use by several threads.

    :param owner: unique name of the worker, up to 255 characters.
    :param lease_seconds: after this time without ``renew``, other workers
        may claim its shards.
    """

    COUNT = db_shards.COUNT

    def __init__(
        self,
        database: facade.Database,
        clock: ck_clock.Clock,
        owner: str,
        lease_seconds: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner
        self._lease_seconds = lease_seconds
        self._renewed_at = float("-inf")
        self._held: frozenset[int] = frozenset()

    @property
    def held(self) -> frozenset[int]:
        """The shards claimed, as of the last ``claim`` or ``renew``."""
        return self._held

    @staticmethod
    def number_of(scope_id: str) -> int:
        """Return the shard of a scope: the same in every process."""
        return zlib.crc32(scope_id.encode()) % db_shards.COUNT

    def claim(
        self, numbers: collections.abc.Collection[int], most: int
    ) -> list[int]:
        """Claim shards whose lease is free or expired.

        One statement if all are held. The candidates are chosen at random, so
        that workers rarely compete; fewer than ``most`` are claimed if
        another worker was first.

        :param numbers: the shards with work.
        :param most: maximum number of shards to claim.
        :returns: the numbers of the claimed shards, in random order.
        :raises oslo_db.exception.DBError: if the database fails.
        """
        if not numbers or most < 1:
            return []
        with self._database.reader() as session:
            free = db_shards.find_free(session, numbers, self._clock.now())
        if not free:
            return []
        claimed = self._claim(random.sample(free, min(most, len(free))))
        if claimed and not self._held:
            self._renewed_at = self._clock.monotonic()
        self._held |= set(claimed)
        random.shuffle(claimed)
        return claimed

    def renew(self) -> None:
        """Renew all leases of this worker, once each third of the lease.

        Does nothing in between. Shards that another worker has claimed are
        no longer ``held``.

        :raises oslo_db.exception.DBError: if the database fails; the next
            call tries again.
        """
        now = self._clock.monotonic()
        if not self._held or now < self._renewed_at + self._lease_seconds / 3:
            return
        kept = self._database.write(
            lambda session: db_shards.renew(
                session,
                self._held,
                owner=self._owner,
                lease_expires_at=self._expiry(),
            )
        )
        if lost := self._held.difference(kept):
            LOG.info(
                *log_fields.event(
                    "shards lost to other workers",
                    shards=sorted(lost),
                ),
            )
        self._held = frozenset(kept)
        self._renewed_at = now

    def release(self, numbers: collections.abc.Collection[int]) -> None:
        """Free shards, so that other workers need not wait for the expiry.

        Those that are not held are ignored.

        :raises oslo_db.exception.DBError: if the database fails; the shards
            then become free when their leases expire.
        """
        leaving = self._held.intersection(numbers)
        if not leaving:
            return
        self._held -= leaving
        self._database.write(
            lambda session: db_shards.release(
                session, leaving, owner=self._owner
            )
        )

    def _claim(self, numbers: collections.abc.Collection[int]) -> list[int]:
        try:
            return self._database.write(
                lambda session: db_shards.claim(
                    session,
                    numbers,
                    owner=self._owner,
                    now=self._clock.now(),
                    lease_expires_at=self._expiry(),
                )
            )
        except db_exception.DBDuplicateEntry:
            # Another worker has just restored the missing rows.
            return []

    def _expiry(self) -> datetime.datetime:
        return self._clock.now() + datetime.timedelta(
            seconds=self._lease_seconds
        )
