# SPDX-License-Identifier: Apache-2.0
"""What may become of a task's row, and by whom."""

from cloudkitty.db.tasks import states
from cloudkitty.tests.simulation.rules import snapshot

UNFINISHED = frozenset(state.value for state in states.UNFINISHED)
TERMINAL = frozenset(state.value for state in states.TERMINAL)
#: States in which the column of the cursor is not meaningful.
_HIDDEN = ("paused", "failed", "cancelled", "awaiting_approval")
_WAYS = {
    (source.value, target.value)
    for target, sources in states.ACTIONS.items()
    for source in sources
} | {
    (source.value, target.value)
    for source, rule in states.RULES.items()
    for target in rule.by_approver
}
#: Every (from, to) that has to be seen: the table, the beginning, and the
#: takeover from a processor that died.
EVERY = frozenset(
    {("", "scheduled"), ("", "awaiting_approval"), ("running", "running")}
    | {
        (source.value, target.value)
        for source, targets in states.TRANSITIONS.items()
        for target in targets
    }
)


class Rules:
    """Judges one change of one task.

    :param actor: who made it.
    :param kind: ``reprocess``, ``live`` or ``operator``.
    :param now: Unix time.
    :param most_attempts: failed attempts that end a task.
    """

    def __init__(
        self, actor: str, kind: str, now: float, most_attempts: int
    ) -> None:
        self._actor = actor
        self.kind = kind
        self._now = now
        self._most = most_attempts

    def claimed(self, old: snapshot.Task | None, new: snapshot.Task) -> bool:
        """Return whether the change is a claim."""
        return bool(
            self.kind == "reprocess" and old and new.token != old.token
        )

    def broken(
        self, old: snapshot.Task | None, new: snapshot.Task
    ) -> str | None:
        """Return the rule that the change breaks, or None."""
        if old is None:
            return self._made(new) or _shape(new, self._most)
        return (
            _order(old, new)
            or self._right(old, new)
            or _shape(new, self._most)
        )

    def _made(self, new: snapshot.Task) -> str | None:
        if self.kind != "operator":
            return f"made by {self.kind}"
        if new.state not in ("scheduled", "awaiting_approval") or (
            new.done,
            new.token,
        ) != (0, 0):
            return f"begins as {new}"
        return None

    def _right(self, old: snapshot.Task, new: snapshot.Task) -> str | None:
        if self.kind == "operator":
            return self._operator(old, new)
        if self.kind != "reprocess":
            return f"changed by {self.kind}"
        if new.token != old.token:
            return self._claim(old, new)
        if old.state != "running" or old.owner != self._actor:
            return (
                f"{self._actor} wrote without the claim, which "
                f"{old.owner} has with token {old.token}"
            )
        return None

    def _operator(self, old: snapshot.Task, new: snapshot.Task) -> str | None:
        if new.state == old.state:
            return "an operator changed it without a transition"
        if (old.state, new.state) not in _WAYS:
            return f"an operator made {new.state} of {old.state}"
        if new.token <= old.token:
            return "an operator's change did not raise the token"
        if new.done != old.done:
            return "an operator moved the cursor"
        return None

    def _claim(self, old: snapshot.Task, new: snapshot.Task) -> str | None:
        due = {
            "scheduled": old.next_attempt,
            "running": old.expires,
        }
        if old.state not in due:
            return f"claimed while {old.state}"
        if (due[old.state] or 0) > self._now:
            return f"claimed before it was due: {old}"
        if (new.state, new.owner) != ("running", self._actor):
            return f"claimed as {new}"
        if (new.done, new.attempts) != (old.done, old.attempts):
            return "the claim changed more than the claim"
        return None


def _order(old: snapshot.Task, new: snapshot.Task) -> str | None:
    if new.token < old.token:
        return f"the token fell from {old.token} to {new.token}"
    if new.done < old.done:
        return f"the cursor went back from {old.done} to {new.done}"
    if (old.start, old.end, old.total) != (new.start, new.end, new.total):
        return "the window changed"
    if old.state != new.state and new.state not in {
        state.value for state in states.TRANSITIONS[states.State(old.state)]
    }:
        return f"no way from {old.state} to {new.state}"
    return None


def _shape(new: snapshot.Task, most: int) -> str | None:
    """Return the first fault of a single row, or None."""
    if not 0 <= new.done <= new.total or new.attempts > most:
        return f"out of bounds: {new}"
    if new.state == "failed" and not (new.last_error and new.attempts):
        return "failed without last_error or attempts"
    if new.last_error and "internal error" in new.last_error:
        return new.last_error
    if new.state == "succeeded" and new.done != new.total:
        return f"succeeded at {new.done} of {new.total}"
    if new.state != "running" and (new.owner or new.expires):
        return "a lease without work"
    if (new.finished is not None) != (new.state in TERMINAL):
        return f"finished_at {new.finished} while {new.state}"
    cursor = new.start + (new.done - 1) * 3600 if new.done else None
    restricted = (new.metrics, new.not_before, new.max_running)
    if (
        new.state in _HIDDEN
        or new.preview
        or any(value is not None for value in restricted)
    ):
        cursor = new.end
    if new.current != cursor:
        return f"the cursor shows {new.current}, not {cursor}"
    return None
