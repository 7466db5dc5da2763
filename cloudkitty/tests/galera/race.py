# SPDX-License-Identifier: Apache-2.0
"""One window posted on every node at one instant."""

import collections.abc
import contextlib
import datetime

from cloudkitty.common import periods
from cloudkitty.tests.functional.tasks import racer
from cloudkitty.tests.galera import deployment
from cloudkitty.tests.galera import plan as ck_plan
from cloudkitty.tests.galera import processes

OVERLAPS = "OverlapsActiveTask"


class _Cleanups:
    """A stack, as a test's cleanups."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.addCleanup = stack.callback  # noqa: N815


def call(scope_id: str, window: periods.Window) -> dict[str, object]:
    """Return the order for a racer."""
    since = window.begin - racer.START
    return {
        "call": "accept",
        "scope_ids": [scope_id],
        "hour": since // datetime.timedelta(hours=1),
        "hours": window.period_count(ck_plan.HOUR),
    }


def one_won(results: collections.abc.Sequence[object]) -> bool:
    """Return whether one poster won and all others met its task."""
    return sorted(map(str, results)) == sorted(
        ["accepted", *[OVERLAPS] * (len(results) - 1)]
    )


def play(
    place: deployment.Deployment,
    stack: contextlib.ExitStack,
    tasks: collections.abc.Sequence[tuple[str, periods.Window]],
) -> int:
    """Post each window on all nodes at once; return how many were refused.

    :raises NotReady: unless just one poster won each.
    """
    urls = [host.server.url(place.schema) for host in place.hosts]
    racers = racer.Racers(_Cleanups(stack), urls)
    refused = 0
    for scope_id, window in tasks:
        told = call(scope_id, window)
        outcomes = racers.at_once([told] * len(urls))
        results = [outcome.result for outcome in outcomes]
        if not one_won(results):
            raise processes.NotReady(f"{scope_id} {window}: {results}")
        refused += results.count(OVERLAPS)
    return refused
