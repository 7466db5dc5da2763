# SPDX-License-Identifier: Apache-2.0
"""``include=overview`` of the list of batches."""

import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.policies import task as policies
from cloudkitty.tasks import overview


class Overview(ordered.Base):
    """Numbers of all tasks that are not over, and of the workers."""

    #: Number of tasks in each state that a task may leave.
    states = {wsme.types.text: int}
    #: null if unknown.
    seconds_left = ordered.nullable(int)
    #: Workers that execute tasks; null if the policy does not allow it.
    workers_alive = ordered.nullable(int)

    @classmethod
    def of(cls, found: overview.Overview) -> typing.Self:
        """Return the wire form of ``found``."""
        return cls(
            states={
                state.value: count for state, count in found.states.items()
            },
            seconds_left=found.seconds_left,
            workers_alive=found.workers_alive,
        )


def shows_workers() -> bool:
    """Return whether the current request may count workers."""
    return authorize.permitted(policies.GET_WORKERS)


def read(*, with_workers: bool) -> Overview:
    """Return the overview.

    :param with_workers: whether workers are counted.
    """
    services = hooks.services()
    return Overview.of(
        overview.read(
            services.database, services.clock, with_workers=with_workers
        )
    )
