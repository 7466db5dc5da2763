# SPDX-License-Identifier: Apache-2.0
"""Checks every change: its author, its permission and its values.

Pure Python over two snapshots, before and after one commit. Each change
has one actor, as only one of them runs at a time.
"""

import collections
import collections.abc
import itertools

from cloudkitty.tasks import governance
from cloudkitty.tests.simulation import situations
from cloudkitty.tests.simulation.rules import cohorts
from cloudkitty.tests.simulation.rules import expected
from cloudkitty.tests.simulation.rules import governed
from cloudkitty.tests.simulation.rules import records
from cloudkitty.tests.simulation.rules import resets as reset_rules
from cloudkitty.tests.simulation.rules import shards
from cloudkitty.tests.simulation.rules import snapshot
from cloudkitty.tests.simulation.rules import tasks as task_rules

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
    :param fewer_metrics: those that ``narrow`` processors define.
    :param rules: returns the rules of the operator that are in force.
    :ivar closings: checks of closed periods.
    :ivar narrow: names of processors that do not define all metrics.
    :ivar reset: ids of the scopes that a reset was the last to move.
    :ivar situations: of ``situations.EVERY``, to how often it was seen.
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
        fewer_metrics: tuple[str, ...],
        rules: collections.abc.Callable[[], governance.Rules] = (
            governance.off
        ),
    ) -> None:
        self.rules = rules
        self._joined = joined
        self._periods = periods
        self.situations: collections.Counter[str] = collections.Counter()
        self._metrics = metrics
        self._fewer_metrics = fewer_metrics
        self.narrow: set[str] = set()
        self.reset: set[str] = set()
        self._resets: dict[str, reset_rules.Reset] = {}
        self._first = first
        self._most_attempts = most_attempts
        self._knowledge: dict[str, expected.Knowledge] = (
            collections.defaultdict(expected.Knowledge)
        )
        #: The tasks that each actor has claimed, by scope.
        self._windows: dict[str, dict[str, snapshot.Task]] = (
            collections.defaultdict(dict)
        )
        self._cohorts = cohorts.Cohorts(self.situations)
        self.closings = governed.Closings(self.situations)
        self.transitions: collections.Counter[tuple[str, str]] = (
            collections.Counter()
        )

    def known_by(self, actor: str) -> expected.Knowledge:
        """Return the answers that ``actor`` received."""
        return self._knowledge[actor]

    def begin_tick(self, actor: str) -> None:
        """Note that ``actor`` looks for work: it has nothing in hand."""
        self._knowledge[actor].forget()
        self._windows[actor].clear()

    def expect_reset(self, actor: str, scope_id: str, begin: int) -> None:
        """Take note of the one scope that ``actor`` resets.

        :param begin: of the first period to rate again, Unix time.
        """
        self._resets[actor] = reset_rules.Reset(scope_id, begin)

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
        if before.tasks.keys() - after.tasks.keys():
            raise Violation("a task was deleted")
        self._check_overlaps(after)
        if said := governed.over_limit(after.tasks):
            raise Violation(said)
        if actor in self._resets:
            self._check_reset(actor, before, after)
            return
        rules = task_rules.Rules(actor, kind, now, self._most_attempts)
        moved = self._check_tasks(rules, actor, before, after)
        rated: dict[str, range] = {}
        for scope_id, state in after.states.items():
            rated[scope_id] = self._live(
                actor, kind, before.states.get(scope_id), scope_id, state
            )
            for start in rated[scope_id]:
                moved[scope_id, start] = None
        self._check_points(actor, moved, before.points, after.points)
        self._note_rated(actor, rated)

    def _check_tasks(
        self,
        rules: task_rules.Rules,
        actor: str,
        before: snapshot.Snapshot,
        after: snapshot.Snapshot,
    ) -> dict[Change, snapshot.Task | None]:
        """Check what changed of the tasks; return the periods redone."""
        moved: dict[Change, snapshot.Task | None] = {}
        for task in after.tasks.values():
            old = before.tasks.get(task.id)
            if old == task:
                continue
            said = rules.broken(old, task) or governed.broken(
                rules.kind, old, task, self.rules()
            )
            if rules.kind == "operator":
                said = said or self.closings.broken(
                    actor, old, task, self._closed(before, task.scope_id)
                )
            if said:
                raise Violation(f"task {task.id}: {said}")
            self._count(old, task)
            self._check_refusal(actor, old, task)
            if rules.claimed(old, task):
                self._windows[actor][task.scope_id] = task
            if old is not None and task.done > old.done and not task.preview:
                for start in task.starts(old.done, task.done):
                    moved[task.scope_id, start] = task
        return moved

    def _check_reset(
        self, actor: str, before: snapshot.Snapshot, after: snapshot.Snapshot
    ) -> None:
        said = self._resets[actor].broken(before, after, self._joined)
        reset = self._resets[actor]
        if reset.begin < self._closed(before, reset.scope_id):
            said = said or "closed periods were reset"
        if said:
            raise Violation(f"{actor}: {said}")
        self.situations[situations.SCOPE_RESET] += 1
        self.reset.add(self._resets[actor].scope_id)

    def _closed(self, at: snapshot.Snapshot, scope_id: str) -> float:
        """Return the end of the closed periods of a scope."""
        return governed.closed_end(self.rules(), at.states.get(scope_id))

    def of_another_period(
        self,
        before: snapshot.Snapshot,
        after: snapshot.Snapshot,
        *,
        stopping: bool,
    ) -> None:
        """Check a commit of a processor that has another period.

        :param stopping: whether it was asked to stop.
        :raises Violation: if it did anything but fail its claimed task, or
            give it back unchanged because it stops.
        """
        if (before.points, before.states) != (after.points, after.states):
            raise Violation("a processor of another period changed data")
        for task in after.tasks.values():
            old = before.tasks[task.id]
            if old == task or task.state == "running":
                continue
            given_back = (old.state, task.state) == ("running", "scheduled")
            if stopping and given_back and task.done == old.done:
                continue
            told = task.last_error or ""
            if task.state != "failed" or not all(
                str(period) in told for period in self._periods
            ):
                raise Violation(f"a task of another period became {task}")
            self.situations[situations.OTHER_PERIOD] += 1

    def recorded(
        self,
        before: records.Records,
        after: records.Records,
        was: snapshot.Snapshot,
        now: snapshot.Snapshot,
    ) -> None:
        """Check the records of the tasks.

        :param was: records before the commit.
        :param now: records after the commit.
        :raises Violation: for the first broken invariant.
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

    def shared(
        self,
        actor: str,
        now: float,
        before: shards.Leases,
        after: shards.Leases,
    ) -> None:
        """Check a commit's changes of the leases on shards.

        :param now: Unix time.
        :raises Violation: for the first broken rule.
        """
        if said := shards.broken(actor, now, before, after):
            raise Violation(said)
        shards.count(self.situations, actor, now, before, after)

    def stored(
        self,
        actor: str,
        scope_id: str,
        before: snapshot.Points,
        after: snapshot.Points,
        locked: bool,
    ) -> None:
        """Judge a write of a storage that is apart from the database.

        :param scope_id: the scope that it was made for.
        :param locked: whether ``actor`` holds the scope's lock.
        :raises Violation: for the first broken promise.
        """
        known = self._knowledge[actor]
        task = self._windows[actor].get(scope_id)
        if task and task.preview:
            raise Violation(f"the preview {task.id} wrote")
        if not locked:
            raise Violation("a write without the scope's lock")
        changed = snapshot.changed(before, after)
        for key in changed:
            if key[0] != scope_id:
                raise Violation(f"{key} was written with {scope_id}")
        if actor in self._resets:
            if said := self._resets[actor].wrong_points(before, after):
                raise Violation(f"{actor}: {said}")
            return
        # Nothing is asked where all that is named has no definition.
        silent = not self._asks(task, actor)
        for key in changed:
            asked = silent or known.asked(*key)
            if not known.works_on(scope_id) or not asked:
                raise Violation(f"{key} is not what {actor} works on")
            if task and key[1] not in task.starts():
                raise Violation(f"{key} is outside of task {task.id}")
            self._compare(actor, key, task, before, after)

    def _check_refusal(
        self, actor: str, old: snapshot.Task | None, task: snapshot.Task
    ) -> None:
        """Check who refused a metric, and which."""
        if not _refused(task) or (old and _refused(old)):
            return
        if not task.metrics or task.allow_empty:
            raise Violation(f"a metric was missed: {task}")
        if not set(task.metrics) - set(self._defined(actor)):
            raise Violation(f"{actor} missed what it defines: {task}")
        self.situations[situations.UNDEFINED_REFUSED] += 1

    def _live(
        self,
        actor: str,
        kind: str,
        old: snapshot.State | None,
        scope_id: str,
        state: snapshot.State,
    ) -> range:
        """Return the periods that live rating has just said are rated."""
        active = old is None or old.active
        if state.active != active and kind != "operator":
            raise Violation(f"{kind} switched the scope {scope_id}")
        if active and not state.active:
            self.situations[situations.SCOPE_SWITCHED] += 1
        if old is not None and old.last == state.last:
            return range(0)
        # Alone, its row is read before the transaction that moves it.
        if not active and self._knowledge[actor].cohort:
            raise Violation(f"the scope {scope_id} was switched off")
        first = self._first if old is None else old.last + 3600
        if kind != "live":
            raise Violation(f"{kind} moved the scope {scope_id}")
        if state.last < first:
            raise Violation(f"the scope {scope_id} went back")
        return range(first, state.last + 3600, 3600)

    def _note_rated(self, actor: str, rated: dict[str, range]) -> None:
        """Take note of the scopes that live rating has moved."""
        moved = {
            scope_id: starts for scope_id, starts in rated.items() if starts
        }
        self.reset -= moved.keys()
        known = self._knowledge[actor]
        if moved and known.cohort:
            self._cohorts.stored(actor, known.questions, moved)

    def _check_points(
        self,
        actor: str,
        moved: dict[Change, snapshot.Task | None],
        before: snapshot.Points,
        after: snapshot.Points,
    ) -> None:
        for key in snapshot.changed(before, after):
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
        """Check a period against the answers that ``actor`` received."""
        known = self._knowledge[actor]
        if not known.works_on(key[0]):
            raise Violation(f"{actor} never asked for {key}")
        try:
            fresh = known.worth(*key, self._asks(task, actor))
        except expected.Unanswered as error:
            raise Violation(f"written unasked: {error}") from None
        defined = self._defined(actor)
        if task and (said := self.closings.wrote(task, key[1])):
            raise Violation(said)
        old = before.get(key, ())
        want = expected.after_rewrite(
            old,
            fresh,
            task and task.metrics,
            bool(task and task.allow_empty),
            defined,
        )
        got = after.get(key, ())
        if got != want:
            raise Violation(f"{key} holds {_short(got)}, not {_short(want)}")
        for point in old:
            if point.metric not in defined:
                kept = point in got
                self.situations[_UNDEFINED[kept]] += 1

    def _defined(self, actor: str) -> tuple[str, ...]:
        """Return the metrics that ``actor`` defines."""
        narrow = actor in self.narrow
        return self._fewer_metrics if narrow else self._metrics

    def _asks(self, task: snapshot.Task | None, actor: str) -> tuple[str, ...]:
        """Return the metrics that ``actor`` collects for a task."""
        defined = self._defined(actor)
        wanted = (task and task.metrics) or defined
        return tuple(metric for metric in wanted if metric in defined)

    def _check_overlaps(self, after: snapshot.Snapshot) -> None:
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
            if task.end > after.states[task.scope_id].last:
                raise Violation(f"task {task.id} is ahead of live rating")

    def _count(self, old: snapshot.Task | None, new: snapshot.Task) -> None:
        if old is None:
            self.transitions["", new.state] += 1
        elif old.state != new.state or new.token > old.token:
            self.transitions[old.state, new.state] += 1


_UNDEFINED = {
    True: situations.UNDEFINED_KEPT,
    False: situations.UNDEFINED_EMPTIED,
}


def _refused(task: snapshot.Task) -> bool:
    return "there is no definition" in (task.last_error or "")


def _short(points: tuple[snapshot.Point, ...]) -> str:
    return (
        ", ".join(
            f"{p.metric}/{p.resource} {p.qty}={p.price}" for p in points[:6]
        )
        or "nothing"
    )
