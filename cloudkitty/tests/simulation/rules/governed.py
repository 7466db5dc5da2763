# SPDX-License-Identifier: Apache-2.0
"""Violations of the rules of the operator."""

import collections
import datetime

from cloudkitty.tasks import governance
from cloudkitty.tests.simulation import situations
from cloudkitty.tests.simulation.rules import snapshot

_ACCEPTED = ("scheduled", "awaiting_approval")


def closed_end(rules: governance.Rules, state: snapshot.State | None) -> float:
    """Return the end of a scope's closed periods, Unix time; 0 for none.

    :param state: row of the scope.
    """
    ends = [0.0]
    if rules.closed_before is not None:
        ends.append(rules.closed_before.timestamp())
    if state is not None and state.closed is not None:
        ends.append(state.closed)
    return max(ends)


class Closings:
    """Checks that closed periods are changed only by force.

    :param seen: counter of situations.
    """

    def __init__(self, seen: collections.Counter[str]) -> None:
        self._seen = seen
        self._forcing: set[str] = set()
        #: Of each task: end of the closed periods when it was scheduled last,
        #: and whether that was forced.
        self._scheduled: dict[int, tuple[float, bool]] = {}

    def force(self, actor: str) -> None:
        """Note that the request of ``actor`` is forced."""
        self._forcing.add(actor)

    def broken(
        self,
        actor: str,
        old: snapshot.Task | None,
        new: snapshot.Task,
        closed: float,
    ) -> str | None:
        """Return the fault of work that an operator schedules, or None.

        :param closed: end of the closed periods of the scope.
        """
        if new.preview:
            return (
                "a preview awaits approval"
                if new.state != "scheduled" and old is None
                else None
            )
        if new.state not in _ACCEPTED or (old and old.state == new.state):
            return None
        forced = actor in self._forcing
        self._scheduled[new.id] = closed, forced
        begin = new.start + new.done * 3600
        if begin < closed and new.done < new.total and not forced:
            return f"scheduled in closed periods, from {begin}"
        return None

    def wrote(self, task: snapshot.Task, start: int) -> str | None:
        """Return the fault of a task that rates a period again, or None.

        Periods that are closed while the task is scheduled are rated.
        """
        closed, forced = self._scheduled.get(task.id, (0.0, False))
        if start >= closed:
            return None
        if not forced:
            return f"task {task.id} rates the closed period {start}"
        self._seen[situations.CLOSED_FORCED] += 1
        return None


def broken(
    kind: str,
    old: snapshot.Task | None,
    new: snapshot.Task,
    rules: governance.Rules,
) -> str | None:
    """Return the rule that a claim breaks, or None.

    :param kind: ``reprocess``, ``live`` or ``operator``.
    :param rules: those in force.
    """
    if kind == "operator" or old is None:
        return None
    if old.state != "scheduled" or new.token == old.token:
        return None
    claimed = new.claimed or 0
    if new.not_before is not None and claimed < new.not_before:
        return f"claimed before {new.not_before}"
    at = datetime.datetime.fromtimestamp(claimed, datetime.UTC)
    if rules.opens_at(at) > at:
        return f"claimed outside of the run windows, at {at}"
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
