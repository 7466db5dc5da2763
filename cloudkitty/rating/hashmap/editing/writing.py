# SPDX-License-Identifier: Apache-2.0
"""One edit of the rules, serialized with all others."""

import collections.abc
import typing

from sqlalchemy import orm

from cloudkitty.db import facade
from cloudkitty.db.rules import edit_lock

T = typing.TypeVar("T")


def edit(
    database: facade.Database,
    work: collections.abc.Callable[[orm.Session], T],
) -> T:
    """Run ``work(session)`` under the lock on hashmap's rules.

    It is retried when the connection is lost, perhaps after the commit. So
    ``work`` must accept rows that it inserted itself.
    """

    def edition(session: orm.Session) -> T:
        edit_lock.count_up(session, "hashmap")
        return work(session)

    return database.write(edition)
