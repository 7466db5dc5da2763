# SPDX-License-Identifier: Apache-2.0
"""The progress of tasks and batches that a command waits for."""

import collections
import collections.abc
import dataclasses

from cloudkitty.client import approvals
from cloudkitty.client import batches
from cloudkitty.client import http
from cloudkitty.client import tasks


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Sums of all watched tasks.

    :param done: periods that are rated again.
    :param total: periods of all windows.
    :param states: number of tasks by state.
    :param waiting: reason why no task is executed, or ``None``.
    :param awaiting: batches with tasks that await approval.
    """

    done: int
    total: int
    states: dict[str, int]
    waiting: str | None
    awaiting: tuple[str, ...]

    @property
    def finished(self) -> bool:
        """Whether no state can change without a request."""
        return not self.states.keys() - set(tasks.FINISHED)

    @property
    def awaits_approval(self) -> bool:
        """Whether only an approval lets the unfinished tasks continue."""
        left = self.states.keys() - set(tasks.FINISHED)
        return left == {approvals.AWAITING}

    @property
    def text(self) -> str:
        """The states, for a user."""
        counts = ", ".join(f"{n} {name}" for name, n in self.states.items())
        return f"{counts} ({self.waiting})" if self.waiting else counts


class Watch:
    """Watches tasks and batches.

    :param task_ids: numbers of tasks.
    :param batch_ids: batches, with all their tasks.
    """

    def __init__(
        self,
        api: http.Api,
        task_ids: collections.abc.Sequence[str],
        batch_ids: collections.abc.Sequence[str],
    ) -> None:
        self._api = api
        self.task_ids = task_ids
        self.batch_ids = batch_ids
        #: Finished tasks are not requested again.
        self._ended: dict[str, http.Item] = {}

    @property
    def name(self) -> str:
        """The watched objects, for a user."""
        parts = []
        if self.task_ids:
            word = "task" if len(self.task_ids) == 1 else "tasks"
            parts.append(f"{word} {', '.join(self.task_ids)}")
        parts += [f"batch {batch_id}" for batch_id in self.batch_ids]
        return ", ".join(parts)

    @property
    def arguments(self) -> str:
        """The arguments of a command for the same objects."""
        options = [f"--batch {batch_id}" for batch_id in self.batch_ids]
        return " ".join([*options, *self.task_ids])

    def look(self) -> Progress:
        """Request the current progress.

        :raises ApiError: if the API refuses a request.
        :raises Unreachable: if there is no response.
        """
        done = total = 0
        states: collections.Counter[str] = collections.Counter()
        reasons: list[str | None] = []
        awaiting: list[str] = []
        for task_id in self.task_ids:
            task = self._task(task_id)
            states[task["state"]] += 1
            done += task["periods_done"]
            total += task["periods_total"]
            reasons.append(_why(task))
            if task["state"] == approvals.AWAITING:
                awaiting.append(task["batch_id"])
        for batch_id in self.batch_ids:
            batch = batches.show(self._api, batch_id)
            states.update(batch["states"])
            done += batch["periods_done"]
            total += batch["periods_total"]
            reasons.append(self._why_of_batch(batch))
            if batch["states"].get(approvals.AWAITING):
                awaiting.append(batch_id)
        return Progress(
            done=done,
            total=total,
            states={name: count for name, count in states.items() if count},
            waiting=None
            if states["running"]
            else next(filter(None, reasons), None),
            awaiting=tuple(dict.fromkeys(awaiting)),
        )

    def tasks(self) -> list[http.Item]:
        """Return all watched tasks, in the order of their numbers."""
        found = [self._task(task_id) for task_id in self.task_ids]
        for batch_id in self.batch_ids:
            filters = [("batch_id", batch_id), ("order", "asc")]
            found += tasks.listed(self._api, filters)
        return found

    def details(self) -> list[http.Item]:
        """Return all watched tasks with their totals.

        The number of requests depends on the pages of a batch, not on its
        tasks.
        """
        found = self.tasks()
        totals: dict[int, list[http.Item]] = {}
        for batch_id in self.batch_ids if found else ():
            try:
                totals |= batches.totals(self._api, batch_id)
            except http.ApiError as error:
                if error.status != http.NOT_FOUND:
                    raise
                # An older API has the totals of one task in a response; an
                # unknown batch has no tasks.
                return [tasks.show(self._api, task["id"]) for task in found]
        return [
            task
            if "totals" in task
            else {**task, "totals": totals.get(task["id"], [])}
            for task in found
        ]

    def _task(self, task_id: str) -> http.Item:
        if task_id in self._ended:
            return self._ended[task_id]
        task = tasks.show(self._api, task_id)
        if task["state"] in tasks.FINISHED:
            self._ended[task_id] = task
        return task

    def _why_of_batch(self, batch: http.Item) -> str | None:
        """Return the reason of the next task if none is executed."""
        states = batch["states"]
        if states.get("running") or not states.get("scheduled"):
            return None
        filters = [
            ("batch_id", batch["batch_id"]),
            ("state", "scheduled"),
            ("order", "asc"),
        ]
        for task in tasks.listed(self._api, filters, limit=1):
            return _why(tasks.show(self._api, task["id"]))
        return None


def _why(task: http.Item) -> str | None:
    # APIs before this field exist.
    waiting = task.get("waiting") or {}
    why = waiting.get("why")
    return None if why is None else str(why)
