# SPDX-License-Identifier: Apache-2.0
"""How long the tasks of a host stand still that gets no answer."""

import time

from cloudkitty.db.tasks import events as task_events
from cloudkitty.tests.galera import deployment
from cloudkitty.tests.galera import network as ck_network
from cloudkitty.tests.galera import processes
from cloudkitty.tests.galera import servers
from cloudkitty.tests.galera import settings

#: A host is between two tasks now and then.
_TRIES = 10
#: The lease expires; whatever waits for the database under a lock is given up
#: before. Then the others look for work, at the end of the tasks they have.
LIMIT_SECONDS = (
    max(
        settings.LEASE_SECONDS,
        settings.READ_TIMEOUT
        + settings.RETRY_SECONDS
        + settings.CONNECT_TIMEOUT,
    )
    + settings.POLL_SECONDS
    + 20
)


def begin(
    place: deployment.Deployment, network: ck_network.Network, host: int
) -> tuple[float, list[int]]:
    """Drop a host's packets to its database while it holds claims.

    :returns: when (monotonic), and the ids of the tasks.
    :raises NotReady: if it held none in any of some tries.
    """
    for _ in range(_TRIES):
        network.silence_port(host, servers.PORT)
        began = time.monotonic()
        # What was on its way to the server is done then.
        time.sleep(1)
        if claimed := _claims(place, place.hosts[host].name):
            return began, claimed
        network.heal(host)
        time.sleep(1)
    raise processes.NotReady(f"host {host} held no claim")


def _claims(place: deployment.Deployment, host: str) -> list[int]:
    return [
        task.id
        for task in place.tasks()
        if task.state == "running"
        and (task.lease_owner or "").startswith(f"{host}:")
    ]


def wait_until_left(
    place: deployment.Deployment,
    task_ids: list[int],
    host: str,
    began: float,
) -> float:
    """Wait until another host has claimed each of the tasks.

    :returns: the seconds since ``began``.
    """

    def left() -> bool:
        with place.databases[0].reader() as session:
            newest = [
                task_events.find(session, task_id)[-1] for task_id in task_ids
            ]
        return all(
            not (event.by or "").startswith(f"{host}:") for event in newest
        )

    processes.wait_for("claims of the silent host", left, 300, 0.2)
    return time.monotonic() - began
