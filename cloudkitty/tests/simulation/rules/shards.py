# SPDX-License-Identifier: Apache-2.0
"""Leases on shards, by which live rating shares its scopes."""

import collections
import sqlite3
import typing

from cloudkitty.tests.simulation import situations
from cloudkitty.tests.simulation.rules import snapshot

_SHARDS = """
SELECT number, owner, lease_expires_at FROM cloudkitty_rating_shards
"""


class Lease(typing.NamedTuple):
    """A row of a shard; the time is a Unix time."""

    owner: str | None
    expires: float | None

    def holds(self, now: float) -> bool:
        """Return whether no other worker may claim it."""
        return self.expires is not None and self.expires > now


#: By the number of the shard. A shard without a row is free.
Leases = dict[int, Lease]
FREE = Lease(None, None)


def read(connection: sqlite3.Connection) -> Leases:
    """Return the committed leases."""
    return {
        number: Lease(owner, snapshot.seconds(expires))
        for number, owner, expires in connection.execute(_SHARDS)
    }


def broken(
    actor: str, now: float, before: Leases, after: Leases
) -> str | None:
    """Return the rule that a commit breaks; None if it breaks none.

    :param now: Unix time.
    """
    for number, new in after.items():
        old = before.get(number, FREE)
        if new == old:
            continue
        if new.owner not in (actor, None):
            return f"{actor} claimed shard {number} for {new.owner}"
        if old.owner not in (actor, None) and old.holds(now):
            return f"{actor} took shard {number} of {old.owner}"
    return None


def count(
    seen: collections.Counter[str],
    actor: str,
    now: float,
    before: Leases,
    after: Leases,
) -> None:
    """Count the situations of a commit."""
    claimed = [
        before.get(number, FREE)
        for number, new in after.items()
        if new.owner == actor and before.get(number, FREE).owner != actor
    ]
    if any(old.owner for old in claimed):
        seen[situations.SHARD_TAKEN_OVER] += 1
    if claimed and any(
        lease.owner not in (actor, None) and lease.holds(now)
        for lease in after.values()
    ):
        seen[situations.SHARDS_SHARED] += 1
