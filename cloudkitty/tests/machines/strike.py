# SPDX-License-Identifier: Apache-2.0
"""The begin of a fault, while a host works."""

import time

from cloudkitty.tests.galera import processes
from cloudkitty.tests.machines import claims
from cloudkitty.tests.machines import faults as ck_faults
from cloudkitty.tests.machines import service as ck_service
from cloudkitty.tests.machines import work as ck_work

#: Attempts to strike a host while it works.
_TRIES = 12
#: The host whose database node has no faults: it answers the test.
_READ_HOST = 0


def strike(
    service: ck_service.Service,
    work: ck_work.Work,
    fault: ck_faults.Fault,
    when: str,
) -> tuple[int, set[claims.Claim], float]:
    """Begin a fault of a host that works.

    :param when: the kind of claim that the host has at that moment.
    :returns: the host, its claims, and the time (monotonic).
    :raises NotReady: if no host could be struck while it had a claim.
    """
    for _ in range(_TRIES):
        (work.live if when == claims.LIVE else work.tasks)()
        host = _find_host(service, work, fault, when)
        if host is None:
            continue
        struck_at = time.monotonic()
        fault.strike(service, host)
        # Requests that were on their way to the server are done then.
        time.sleep(0.7)
        claimed = {
            claim
            for claim in claims.held(service.unsynced, when)
            if claim.host == host
        }
        if claimed:
            if fault.node:
                ck_faults.wait_for_others(service, host)
            return host, claimed, struck_at
        fault.heal(service, host)
        work.settle(fault.kills)
        work.wait_until_quiet()
    raise processes.NotReady(f"no host could be struck during {when}")


def _find_host(
    service: ck_service.Service,
    work: ck_work.Work,
    fault: ck_faults.Fault,
    when: str,
) -> int | None:
    """Return a host with a claim; None if the work ended without one."""
    began = time.monotonic()
    while time.monotonic() - began < ck_work.PATIENCE_SECONDS:
        found = claims.held(service.unsynced, when)
        for claim in found:
            if not fault.node or claim.host != _READ_HOST:
                return claim.host
        if not found and time.monotonic() - began > 1 and work.finished():
            return None
        time.sleep(0.02)
    raise processes.NotReady(f"no claim of {when}")
