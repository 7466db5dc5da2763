# SPDX-License-Identifier: Apache-2.0
"""The states of a task: the only table of their properties and transitions.

Everything else derives from ``RULES`` at import: a new state is a member of
``State`` and an entry of ``RULES``, a new transition is a word in an entry.
"""

import collections.abc
import dataclasses
import enum
import typing


class State(enum.StrEnum):
    """State of a task; the value is stored and shown by the API."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    AWAITING_APPROVAL = "awaiting_approval"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Properties of one state.

    :param unfinished: whether the work continues by itself or on request of
        an operator. The window of an unfinished task is taken: no other task
        of the scope may share a period with it.
    :param hidden: whether upstream's processor must leave the task alone.
        The cursor column of a hidden task holds the end of its window, and
        only ``periods_done`` holds its progress.
    :param by_processor: states that a processor may put the task into. One
        that has ``RUNNING`` among them is claimed when it is due. A task
        taken over from a dead processor stays running: that is a new lease
        and no transition.
    :param by_operator: states that an operator may put the task into, by
        PATCH of the task or of its batch.
    :param by_approver: states that the approval of a second person may put
        the task into.
    :param by_option: whether tasks have the state only if an option is set:
        counts show it only if it is not 0.
    """

    unfinished: bool
    hidden: bool
    by_processor: collections.abc.Set[State] = frozenset()
    by_operator: collections.abc.Set[State] = frozenset()
    by_approver: collections.abc.Set[State] = frozenset()
    by_option: bool = False


RULES: dict[State, Rule] = {
    State.SCHEDULED: Rule(
        unfinished=True,
        hidden=False,
        by_processor={State.RUNNING},
        by_operator={State.PAUSED, State.CANCELLED},
    ),
    State.RUNNING: Rule(
        unfinished=True,
        hidden=False,
        # Scheduled: for another attempt, or because the processor ends.
        by_processor={State.SCHEDULED, State.SUCCEEDED, State.FAILED},
        by_operator={State.PAUSED, State.CANCELLED},
    ),
    State.PAUSED: Rule(
        unfinished=True,
        hidden=True,
        by_operator={State.SCHEDULED, State.CANCELLED},
    ),
    State.SUCCEEDED: Rule(unfinished=False, hidden=False),
    State.FAILED: Rule(
        unfinished=False,
        hidden=True,
        # Retried from the period that failed.
        by_operator={State.SCHEDULED},
    ),
    State.CANCELLED: Rule(unfinished=False, hidden=True),
    State.AWAITING_APPROVAL: Rule(
        unfinished=True,
        hidden=True,
        by_operator={State.CANCELLED},
        by_approver={State.SCHEDULED},
        by_option=True,
    ),
}

#: The state of a task that was accepted.
ACCEPTED = State.SCHEDULED

#: The state of a task that was accepted, but needs an approval.
UNAPPROVED = State.AWAITING_APPROVAL

#: The states that may follow a state.
TRANSITIONS: dict[State, frozenset[State]] = {
    state: frozenset(rule.by_processor | rule.by_operator | rule.by_approver)
    for state, rule in RULES.items()
}

#: The states that PATCH may ask for, each with the states it is reached from.
ACTIONS: dict[State, frozenset[State]] = {
    target: sources
    for target in State
    if (
        sources := frozenset(
            state
            for state, rule in RULES.items()
            if target in rule.by_operator
        )
    )
}

#: States in which the task's window is taken.
UNFINISHED = frozenset(state for state in State if RULES[state].unfinished)

#: States of tasks that have ended.
TERMINAL = frozenset(State) - UNFINISHED

#: Unfinished states that PATCH may put a task into that has ended: its
#: window is taken again.
REOPENED = frozenset(
    target
    for target, sources in ACTIONS.items()
    if target in UNFINISHED and sources & TERMINAL
)


def moved_by_processor(before: str | None, after: str) -> bool:
    """Return whether processors, and not users, make a transition.

    :param before: None for the creation of a task.
    """
    if before is None:
        return False
    # Equal states: a task was taken over from a dead processor.
    rule = RULES.get(typing.cast(State, before))
    return before == after or (rule is not None and after in rule.by_processor)


#: States in which upstream's processor must leave the task alone.
HIDDEN = frozenset(state for state in State if RULES[state].hidden)

#: States in which upstream's processor may continue a task. The cursor alone
#: shows its progress, also that the task has succeeded.
OPEN = UNFINISHED - HIDDEN

#: States of tasks that wait for a processor.
WAITING = frozenset(
    state for state in State if State.RUNNING in RULES[state].by_processor
)
