# SPDX-License-Identifier: Apache-2.0
"""Notes and counters of the tasks of a cohort."""

import collections.abc

from sqlalchemy import orm

from cloudkitty.db.tasks import counters as task_counters
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.reprocess import notes


class CohortNotes:
    """Writes the notes of several tasks.

    :param tasks: the task of each scope, by the scope's id.
    :param rule: the rule of the tasks.
    :ivar noted: ids of the scopes whose task has notes of this attempt.
    """

    def __init__(
        self,
        tasks: collections.abc.Mapping[str, task_records.Task],
        rule: replace_or_keep.Rule,
    ) -> None:
        self._ids = {scope_id: task.id for scope_id, task in tasks.items()}
        self._rule = rule
        self.noted: set[str] = set()

    def write(
        self,
        session: orm.Session,
        decided: collections.abc.Mapping[
            str, collections.abc.Sequence[replace_or_keep.Decided]
        ],
        *,
        first: bool,
    ) -> None:
        """Write notes of the periods that were not simply replaced.

        :param first: whether the chunk is the first one of the tasks: no
            stored note can be continued.
        """
        new: dict[int, list[task_records.TaskNote]] = {}
        kept: dict[int, int] = {}
        for scope_id, mine in decided.items():
            if found := notes.of_chunk(mine, self._rule):
                task_id = self._ids[scope_id]
                new[task_id] = found
                if periods := notes.kept(mine, self._rule):
                    kept[task_id] = periods
                self.noted.add(scope_id)
        if first:
            task_notes.add_many(session, new)
        else:
            for task_id, found in new.items():
                task_notes.extend(session, task_id, found)
        task_counters.count_kept_many(session, kept)
