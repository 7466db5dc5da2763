# SPDX-License-Identifier: Apache-2.0
"""Claims of workers on tasks and on shards of live rating."""

import dataclasses
import datetime

import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.db import shards
from cloudkitty.db.tasks import queries as task_queries

LIVE = "live"
TASKS = "tasks"


@dataclasses.dataclass(frozen=True)
class Claim:
    """One claim.

    :param kind: ``LIVE`` for a shard or ``TASKS`` for a task.
    :param number: of the shard or task.
    :param owner: the worker; begins with the name of its host.
    """

    kind: str
    number: int
    owner: str

    @property
    def host(self) -> int:
        """Number of the owner's host."""
        return int(self.owner.partition(":")[0].removeprefix("host-"))


def held(database: facade.Database, kind: str) -> set[Claim]:
    """Return the claims of a kind; a task stays claimed until it is taken
    over, a shard until its lease expires.
    """
    with database.reader() as session:
        if kind == TASKS:
            return {
                Claim(kind, task.id, task.lease_owner)
                for task in task_queries.find(session, states=["running"])
                if task.lease_owner
            }
        model = shards.RatingShard
        now = datetime.datetime.now(datetime.UTC)
        found = session.execute(
            sa.select(model.number, model.owner).where(
                model.lease_expires_at > now
            )
        )
        return {Claim(kind, number, owner) for number, owner in found}
