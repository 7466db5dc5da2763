# SPDX-License-Identifier: Apache-2.0
"""Judges every change: who made it, by what right, and is it true.

Pure Python over two snapshots, before and after one commit. Each change is
one actor's, as only one of them runs at a time.
"""

import collections
import itertools
import typing

from cloudkitty.tests.simulation import expected
from cloudkitty.tests.simulation import records
from cloudkitty.tests.simulation import snapshot
from cloudkitty.tests.simulation import task_rules

Change = tuple[str, int]


class Violation(AssertionError):
    """A promise was broken."""


class Oracle:
    """Knows what may be, and counts what was.

    :param joined: whether data and cursors lie in one database.
    :param metrics: all metrics.
    :param first: beginning of the first period ever, Unix time.
    :param most_attempts: failed attempts that end a task.
    :param periods: that of all processors but some, and that of these.
    :ivar strange: how many tasks failed for their period.
    :ivar transitions: (from, to) to how often it was seen.
    """

    def __init__(
        self,
        *,
        joined: bool,
        metrics: tuple[str, ...],
        first: int,
        most_attempts: int,
        periods: tuple[int, int],
    ) -> None:
        self._joined = joined
        self._periods = periods
        self.strange = 0
        self._metrics = metrics
        self._first = first
        self._most_attempts = most_attempts
        self._knowledge: dict[str, expected.Knowledge] = (
            collections.defaultdict(expected.Knowledge)
        )
        self._windows: dict[str, snapshot.Task] = {}
        self.transitions: collections.Counter[tuple[str, str]] = (
            collections.Counter()
        )

    def known_by(self, actor: str) -> expected.Knowledge:
        """Return what ``actor`` was told."""
        return self._knowledge[actor]

    def committed(
        self,
        actor: str,
        kind: str,
        now: float,
        before: snapshot.Snapshot,
        after: snapshot.Snapshot,
    ) -> None:
        """Judge a commit in the service's database.

        :raises Violation: for the first broken promise.
        """
        rules = task_rules.Rules(actor, kind, now, self._most_attempts)
        if before.tasks.keys() - after.tasks.keys():
            raise Violation("a task was deleted")
        moved: dict[Change, snapshot.Task | None] = {}
        for task in after.tasks.values():
            old = before.tasks.get(task.id)
            if old == task:
                continue
            if said := rules.broken(old, task):
                raise Violation(f"task {task.id}: {said}")
            self._count(old, task)
            if rules.claimed(old, task):
                self._windows[actor] = task
            if old is not None and task.done > old.done and not task.preview:
                for start in task.starts(old.done, task.done):
                    moved[task.scope_id, start] = task
        self._check_overlaps(before, after)
        for scope_id, state in after.states.items():
            for start in self._live(kind, before, scope_id, state):
                moved[scope_id, start] = None
        self._check_points(actor, moved, before.points, after.points)

    def of_another_period(
        self, before: snapshot.Snapshot, after: snapshot.Snapshot
    ) -> None:
        """Judge a commit of a processor that has another period.

        :raises Violation: if it did anything but fail what it claimed.
        """
        if (before.points, before.states) != (after.points, after.states):
            raise Violation("a processor of another period changed data")
        for task in after.tasks.values():
            old = before.tasks[task.id]
            if old == task or task.state == "running":
                continue
            told = task.last_error or ""
            if task.state != "failed" or not all(
                str(period) in told for period in self._periods
            ):
                raise Violation(f"a task of another period became {task}")
            self.strange += 1

    def recorded(
        self,
        before: records.Records,
        after: records.Records,
        was: snapshot.Snapshot,
        now: snapshot.Snapshot,
    ) -> None:
        """Judge what is kept of the tasks.

        :param was: what stood before the commit.
        :param now: what stands after it.
        :raises Violation: for the first broken promise.
        """
        for task in now.tasks.values():
            said = records.broken_chain(
                after.events.get(task.id, []), task.state
            )
            old = before.totals.get(task.id, {})
            new = after.totals.get(task.id, {})
            # A storage that is apart may have been written between the
            # measurement and its commit, by a claim that was lost.
            if old != new and self._joined and not task.preview:
                said = said or records.broken_totals(
                    task, old, new, was.points, now.points
                )
            if said:
                raise Violation(f"task {task.id}: {said}")

    def stored(
        self,
        actor: str,
        before: snapshot.Points,
        after: snapshot.Points,
        locked: bool,
    ) -> None:
        """Judge a write of a storage that is apart from the database.

        :param locked: whether ``actor`` holds the scope's lock.
        :raises Violation: for the first broken promise.
        """
        known = self._knowledge[actor]
        task = self._windows.get(actor)
        if task and task.preview:
            raise Violation(f"the preview {task.id} wrote")
        if not locked:
            raise Violation("a write without the scope's lock")
        for key in _changed(before, after):
            scope_id, start = key
            if scope_id != known.scope_id or not known.asked(start):
                raise Violation(f"{key} is not what {actor} works on")
            if task and (
                scope_id != task.scope_id or start not in task.starts()
            ):
                raise Violation(f"{key} is outside of task {task.id}")
            self._compare(actor, key, task, before, after)

    def _live(
        self,
        kind: str,
        before: snapshot.Snapshot,
        scope_id: str,
        state: snapshot.State,
    ) -> range:
        """Return the periods that live rating has just said are rated."""
        old = before.states.get(scope_id)
        if old is not None and old.last == state.last:
            return range(0)
        first = self._first if old is None else old.last + 3600
        if kind != "live":
            raise Violation(f"{kind} moved the scope {scope_id}")
        if state.last < first:
            raise Violation(f"the scope {scope_id} went back")
        return range(first, state.last + 3600, 3600)

    def _check_points(
        self,
        actor: str,
        moved: dict[Change, snapshot.Task | None],
        before: snapshot.Points,
        after: snapshot.Points,
    ) -> None:
        for key in _changed(before, after):
            if not self._joined:
                raise Violation("points changed in a commit of the cursor")
            if key not in moved:
                raise Violation(f"{key} changed, and no cursor says so")
        for key, task in moved.items():
            self._compare(actor, key, task, before, after)

    def _compare(
        self,
        actor: str,
        key: Change,
        task: snapshot.Task | None,
        before: snapshot.Points,
        after: snapshot.Points,
    ) -> None:
        """Check that a period holds what ``actor`` was told."""
        known = self._knowledge[actor]
        metrics = (task and task.metrics) or self._metrics
        if known.scope_id != key[0]:
            raise Violation(f"{actor} never asked for {key}")
        try:
            fresh = known.worth(key[1], metrics)
        except expected.Unanswered as error:
            raise Violation(f"written unasked: {error}") from None
        want = expected.after_rewrite(
            before.get(key, ()),
            fresh,
            task and task.metrics,
            bool(task and task.allow_empty),
        )
        got = after.get(key, ())
        if got != want:
            raise Violation(f"{key} holds {_short(got)}, not {_short(want)}")

    def _check_overlaps(
        self, before: snapshot.Snapshot, after: snapshot.Snapshot
    ) -> None:
        taken = [
            task
            for task in after.tasks.values()
            if task.state in task_rules.UNFINISHED and not task.preview
        ]
        for one, two in itertools.combinations(taken, 2):
            if (
                one.scope_id == two.scope_id
                and one.start <= two.end
                and two.start <= one.end
            ):
                raise Violation(f"tasks {one.id} and {two.id} overlap")
        for task in taken:
            if (
                task.id not in before.tasks
                and task.end > after.states[task.scope_id].last
            ):
                raise Violation(f"task {task.id} is ahead of live rating")

    def _count(self, old: snapshot.Task | None, new: snapshot.Task) -> None:
        if old is None:
            self.transitions["", new.state] += 1
        elif old.state != new.state or new.token > old.token:
            self.transitions[old.state, new.state] += 1


def undisturbed(
    before: snapshot.Points,
    samples: typing.Any,
    scopes: dict[str, snapshot.State],
    first: int,
    metrics: tuple[str, ...],
    version: int,
) -> snapshot.Points:
    """Return what stands after all is redone and nothing goes wrong.

    :param samples: a ``usage.Samples``.
    :param first: beginning of the first period, Unix time.
    """
    found = dict(before)
    for scope_id, state in scopes.items():
        for start in range(first, state.last + 3600, 3600):
            fresh = [
                point
                for metric in metrics
                for point in expected.rated(
                    metric,
                    start,
                    samples.find(metric, scope_id, (start,)),
                    version,
                )
            ]
            key = scope_id, start
            found[key] = expected.after_rewrite(
                found.get(key, ()), fresh, None, False
            )
    return {key: points for key, points in found.items() if points}


def _changed(before: snapshot.Points, after: snapshot.Points) -> list[Change]:
    if before is after:
        return []
    return [
        key
        for key in {**before, **after}
        if before.get(key, ()) != after.get(key, ())
    ]


def _short(points: tuple[snapshot.Point, ...]) -> str:
    return (
        ", ".join(
            f"{p.metric}/{p.resource} {p.qty}={p.price}" for p in points[:6]
        )
        or "nothing"
    )
