# SPDX-License-Identifier: Apache-2.0
"""Checks of transitions between the states of a task."""

from cloudkitty.db.tasks import states
from cloudkitty.tasks import errors


def check(current: states.State, target: states.State) -> None:
    """Check a transition made by a processor or by an operator.

    :raises cloudkitty.tasks.errors.IllegalTransition: if ``target`` may not
        follow; the message contains the states that may.
    """
    allowed = states.TRANSITIONS[current]
    if target not in allowed:
        raise errors.IllegalTransition(current, target, sorted(allowed))


def check_action(current: states.State, target: states.State) -> None:
    """Check a transition requested by an operator.

    :raises cloudkitty.tasks.errors.IllegalTransition: if an operator cannot
        change the state to ``target``; the message contains the states that
        an operator can select.
    """
    allowed = states.RULES[current].by_operator
    if target not in allowed:
        raise errors.IllegalTransition(current, target, sorted(allowed))
