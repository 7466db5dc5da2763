# SPDX-License-Identifier: Apache-2.0
"""Store a chunk of several scopes under the locks of all of them."""

import collections.abc

from cloudkitty.common import exceptions
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import locks as ck_locks
from cloudkitty.orchestrator.engine import members as ck_members

#: Writes some scopes; returns the ids of those whose right was not lost.
Write = collections.abc.Callable[[list[str]], frozenset[str]]


class Busy(exceptions.CloudKittyError):
    """Another worker holds a lock of the scope."""


def leave_busy(
    members: ck_members.Members,
    by_name: collections.abc.Mapping[bytes, str],
    held: frozenset[bytes],
) -> list[str]:
    """Let the scopes whose lock is not held leave; return the ids of others.

    :param by_name: the scope of each lock.
    """
    for name, scope_id in by_name.items():
        if name not in held:
            members.leave(scope_id, Busy("another worker holds the lock"))
    return [by_name[name] for name in by_name if name in held]


def store(
    locks: ck_locks.Locks,
    members: ck_members.Members,
    scope_ids: collections.abc.Iterable[str],
    write: Write,
    lost: Exception,
) -> frozenset[str]:
    """Write the scopes whose lock is free; return the ids of those written.

    The others leave the set: with ``Busy``, with ``lost`` if they have lost
    their right, and all with the error of ``write``.

    :raises Interrupted: if asked to stop.
    :raises Exception: one of ``failures.UNREACHABLE``; no scope leaves.
    """
    by_name = {locks.names.of_scope(each): each for each in scope_ids}
    try:
        with locks.try_hold_many(by_name) as held:
            free = leave_busy(members, by_name, held)
            written = write(free)
    except (failures.Interrupted, *failures.UNREACHABLE):
        raise
    except Exception as error:
        for scope_id in by_name.values():
            members.leave(scope_id, error)
        return frozenset()
    for scope_id in free:
        if scope_id not in written:
            members.leave(scope_id, lost)
    return written
