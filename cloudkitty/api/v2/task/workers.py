# SPDX-License-Identifier: Apache-2.0
"""``/v2/task/workers``: the workers of processors."""

import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import query
from cloudkitty.api.v2.task import types
from cloudkitty.db import workers as db_workers
from cloudkitty.policies import task as policies
from cloudkitty.tasks import workers


class Worker(ordered.Base):
    """One process of a processor."""

    host = wsme.types.text
    #: rating or reprocessing.
    kind = wsme.types.text
    #: Number among those of the kind on the host.
    worker = int
    pid = int
    version = wsme.types.text
    started_at = wsme.types.text
    last_seen_at = wsme.types.text
    #: null unless it has ended as asked.
    stopped_at = ordered.nullable(wsme.types.text)
    alive = bool
    #: Number of tasks at work.
    tasks = int
    #: The first of them, or null.
    task_id = ordered.nullable(int)
    scope_id = ordered.nullable(wsme.types.text)
    #: null while it works.
    next_look_at = ordered.nullable(wsme.types.text)

    @classmethod
    def of(cls, worker: db_workers.Worker, alive: bool) -> typing.Self:
        """Return the wire form of ``worker``; a dead one does nothing."""
        identity = worker.identity
        work = worker.work if alive else db_workers.Work()
        return cls(
            host=identity.host,
            kind=identity.kind,
            worker=identity.number,
            pid=identity.pid,
            version=identity.version,
            started_at=types.instant(worker.started_at),
            last_seen_at=types.instant(worker.last_seen_at),
            stopped_at=types.instant(worker.stopped_at),
            alive=alive,
            tasks=work.tasks,
            task_id=work.task_id,
            scope_id=work.scope_id,
            next_look_at=types.instant(work.next_look_at),
        )


class Seen(typing.TypedDict):
    """The workers, and the number of those that are alive."""

    workers: list[Worker]
    alive: int


class Workers(resource.Resource):
    """``/v2/task/workers``."""

    @resource.answers_json
    def get(self) -> Seen:
        """List the workers that were seen within a day."""
        authorize.authorize(policies.GET_WORKERS)
        query.read()
        services = hooks.services()
        seen = workers.read(services.database, services.clock)
        alive = [seen.alive(worker) for worker in seen.workers]
        return {
            "workers": list(map(Worker.of, seen.workers, alive)),
            "alive": sum(alive),
        }
