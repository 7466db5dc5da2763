# SPDX-License-Identifier: Apache-2.0
"""How long the tasks of a host stand still that gets no answer."""

import time

from cloudkitty.db import task_events
from cloudkitty.tests.galera import deployment
from cloudkitty.tests.galera import processes

#: The lease expires; whatever waits for the database under a lock is given up
#: meanwhile. Then the others look for work, at the end of the tasks they have.
LIMIT_SECONDS = (
    max(
        deployment.LEASE_SECONDS,
        deployment.READ_TIMEOUT
        + deployment.RETRY_SECONDS
        + deployment.CONNECT_TIMEOUT,
    )
    + deployment.POLL_SECONDS
    + 20
)


def claims_of(
    place: deployment.Deployment, host: str, seconds: float = 60
) -> list[int]:
    """Return the tasks that a host has claimed now, at least one."""
    found: list[int] = []

    def claimed() -> bool:
        found[:] = [
            task.id
            for task in place.tasks()
            if task.state == "running"
            and (task.lease_owner or "").startswith(f"{host}:")
        ]
        return bool(found)

    processes.wait_for(f"a claim of {host}", claimed, seconds, 0.05)
    return found


def wait_until_left(
    place: deployment.Deployment, task_ids: list[int]
) -> float:
    """Wait until other processors, or nobody, has each; return the seconds."""
    began = time.monotonic()
    with place.databases[0].reader() as session:
        known = {
            task_id: len(task_events.find(session, task_id))
            for task_id in task_ids
        }

    def left() -> bool:
        with place.databases[0].reader() as session:
            return all(
                len(task_events.find(session, task_id)) > count
                for task_id, count in known.items()
            )

    processes.wait_for("claims of the silent host", left, 300, 0.2)
    return time.monotonic() - began
