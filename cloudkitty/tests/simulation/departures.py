# SPDX-License-Identifier: Apache-2.0
"""Counts why scopes leave cohorts, and divided cohorts.

Production code is watched here, not changed: the calls go through.
"""

import contextlib
import typing
from unittest import mock

from cloudkitty.collector import base as collector_base
from cloudkitty.orchestrator import cohort_sizes
from cloudkitty.orchestrator.engine import locked_sets
from cloudkitty.orchestrator.engine import members
from cloudkitty.rating import base as rating_base
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tests.simulation import situations
from cloudkitty.tests.simulation import world as ck_world


def cause(world: ck_world.World, scope_id: str, error: Exception) -> str:
    """Return the situation of a scope that leaves a cohort."""
    if isinstance(error, locked_sets.Busy):
        return situations.LEFT_LOCKED
    if isinstance(error, task_errors.LostClaim):
        state = world.snapshot.states.get(scope_id)
        if state is not None and not state.active:
            return situations.LEFT_SWITCHED
        if scope_id in world.oracle.reset:
            return situations.LEFT_RESET
        return situations.LEFT_MOVED
    if isinstance(error, collector_base.CollectError):
        return situations.LEFT_UNCOLLECTED
    if isinstance(error, rating_base.RatingError):
        return situations.LEFT_UNRATED
    return situations.LEFT_UNSTORED


@contextlib.contextmanager
def watched(world: ck_world.World) -> typing.Iterator[None]:
    """Count in the world's situations for the block."""
    seen = world.oracle.situations
    leave, shrink = members.Members.leave, cohort_sizes.Sizes.shrink

    def left(self: members.Members, scope_id: str, error: Exception) -> None:
        if scope_id in self:
            seen[cause(world, scope_id, error)] += 1
        leave(self, scope_id, error)

    def shrunk(self: cohort_sizes.Sizes, scope_count: int) -> None:
        seen[situations.COHORT_DIVIDED] += 1
        shrink(self, scope_count)

    with (
        mock.patch.object(members.Members, "leave", left),
        mock.patch.object(cohort_sizes.Sizes, "shrink", shrunk),
    ):
        yield
