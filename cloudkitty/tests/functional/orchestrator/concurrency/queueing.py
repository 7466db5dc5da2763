# SPDX-License-Identifier: Apache-2.0
"""Many small tasks before real processors."""

import collections
import datetime
import re

from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import new_tasks
from cloudkitty.tests.functional.orchestrator import deployment

_CLAIMED = re.compile(r"task claimed task_id=(\d+)")
_REDONE = re.compile(r"periods redone task_id=(\d+) ")


class Queue:
    """Tasks of one period each, of a deployment's scopes in turn.

    :param place: the deployment.
    """

    def __init__(self, place: deployment.Deployment) -> None:
        self.place = place
        self._logs = [place.log]

    def fill(self, count, scope_ids=None):
        """Insert tasks, oldest first; return their ids."""
        scope_ids = scope_ids or self.place.scope_ids
        window = next(iter(self.place.window.periods(deployment.HOUR)))
        new = [
            new_tasks.make(scope_ids[number % len(scope_ids)], window.begin)
            for number in range(count)
        ]
        now = datetime.datetime.now(datetime.UTC)
        self.place.database.write(
            lambda session: new_tasks.insert(session, new, now)
        )
        return [task.id for task in self.tasks()][-count:]

    def tasks(self, **filters):
        """Return the tasks, oldest first."""
        with self.place.database.reader() as session:
            return task_queries.find(session, ascending=True, **filters)

    def count(self, *states):
        """Return how many tasks are in one of the states."""
        with self.place.database.reader() as session:
            return task_queries.count(session, states=states)

    def add_processor(self):
        """Start another processor, with a log of its own."""
        log = self.place.folder / f"processor-{len(self._logs)}.log"
        processor = deployment.Processor(self.place.config, log)
        self.place.test.addCleanup(processor.kill)
        self._logs.append(log)
        return processor

    def redone(self):
        """Return, for each processor, which tasks it redid how often."""
        return [
            collections.Counter(map(int, _REDONE.findall(log.read_text())))
            for log in self._logs
        ]

    def claimed(self):
        """Return the ids in the order in which each processor took them."""
        return [
            [int(found) for found in _CLAIMED.findall(log.read_text())]
            for log in self._logs
        ]

    def workers(self, task_ids):
        """Return who claimed each of the tasks, by the events."""
        found = {}
        with self.place.database.reader() as session:
            for task_id in task_ids:
                found[task_id] = [
                    event.by
                    for event in task_events.find(session, task_id)
                    if event.to_state == "running"
                ]
        return found


def set_options(place, **options):
    """Put options of ``[orchestrator]`` into the configuration file."""
    lines = "".join(f"{name} = {value}\n" for name, value in options.items())
    text = place.config.read_text()
    place.config.write_text(
        text.replace("[orchestrator]\n", f"[orchestrator]\n{lines}")
    )
