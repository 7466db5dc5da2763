# SPDX-License-Identifier: Apache-2.0
"""The states of a task, and the one table of the ways between them."""

import enum

from cloudkitty.tasks import errors


class State(enum.StrEnum):
    """What a task is doing; the value is what the table and the wire hold."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: Which states may follow a state. A task that is taken over from a dead
#: processor stays running: that is a new lease and no transition.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.SCHEDULED: frozenset({State.RUNNING, State.PAUSED, State.CANCELLED}),
    State.RUNNING: frozenset(
        {
            # Another attempt later, or given back by a processor that ends.
            State.SCHEDULED,
            State.PAUSED,
            State.SUCCEEDED,
            State.FAILED,
            State.CANCELLED,
        }
    ),
    State.PAUSED: frozenset({State.SCHEDULED, State.CANCELLED}),
    # Retried by an operator, from the period that failed.
    State.FAILED: frozenset({State.SCHEDULED}),
    State.SUCCEEDED: frozenset(),
    State.CANCELLED: frozenset(),
}

#: Work that will go on by itself or by one word of an operator: its window
#: is taken, no other task of the scope may share a period with it.
UNFINISHED = frozenset({State.SCHEDULED, State.RUNNING, State.PAUSED})

#: Work that has ended.
TERMINAL = frozenset(State) - UNFINISHED


def check(current: State, target: State) -> None:
    """Refuse a way that the table does not have.

    :raises IllegalTransition: naming where the task may go instead.
    """
    allowed = TRANSITIONS[current]
    if target not in allowed:
        raise errors.IllegalTransition(current, target, sorted(allowed))
