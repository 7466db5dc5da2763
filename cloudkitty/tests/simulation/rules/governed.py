# SPDX-License-Identifier: Apache-2.0
"""What the rules of the operator forbid."""

import collections
import datetime

from cloudkitty.tasks import governance
from cloudkitty.tests.simulation.rules import snapshot

_ACCEPTED = ("scheduled", "awaiting_approval")


def broken(
    kind: str,
    old: snapshot.Task | None,
    new: snapshot.Task,
    rules: governance.Rules,
) -> str | None:
    """Return the rule that a change of a task breaks, or None.

    :param kind: ``reprocess``, ``live`` or ``operator``.
    :param rules: those in force.
    """
    if kind == "operator":
        return _scheduled(old, new, rules)
    if old is None or old.state != "scheduled" or new.token == old.token:
        return None
    claimed = new.claimed or 0
    if new.not_before is not None and claimed < new.not_before:
        return f"claimed before {new.not_before}"
    at = datetime.datetime.fromtimestamp(claimed, datetime.UTC)
    if rules.opens_at(at) > at:
        return f"claimed outside of the run windows, at {at}"
    return None


def _scheduled(
    old: snapshot.Task | None, new: snapshot.Task, rules: governance.Rules
) -> str | None:
    """Return what is wrong with work that an operator schedules."""
    if new.preview:
        return (
            "a preview awaits approval"
            if new.state != "scheduled" and (old is None)
            else None
        )
    if new.state not in _ACCEPTED or (old and old.state == new.state):
        return None
    closed = rules.closed_before
    begin = new.start + new.done * 3600
    if closed is not None and begin < closed.timestamp():
        if new.done < new.total:
            return f"scheduled in closed periods, from {begin}"
    return None


def over_limit(tasks: dict[int, snapshot.Task]) -> str | None:
    """Return the batch that runs more tasks than it may, or None."""
    running: collections.Counter[str] = collections.Counter()
    for task in tasks.values():
        if task.max_running is not None and task.state == "running":
            running[task.batch_id] += 1
            if running[task.batch_id] > task.max_running:
                return (
                    f"more than {task.max_running} tasks of "
                    f"{task.batch_id} run"
                )
    return None
