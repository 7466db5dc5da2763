# SPDX-License-Identifier: Apache-2.0
"""Conditions for the execution of a task by this processor."""

import collections
import collections.abc

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.tasks import records as task_records


class Unworkable(exceptions.CloudKittyError):
    """The task cannot be executed in the current state."""


class OtherPeriod(Unworkable):
    """The task has another period than the processor."""


def check_period(task: task_records.Task, conf: cfg.ConfigOpts) -> None:
    """Refuse a task with another period: its data would be mixed.

    :raises OtherPeriod: the text contains both periods.
    """
    seconds: int = conf.collect.period
    length = task.period(seconds)
    if length != seconds:
        raise OtherPeriod(
            f"the task was made with [collect] period {length}, and the "
            f"processor {conf.host} runs with {seconds}: nothing was changed. "
            "Make a new task, or run the processor with the task's period and "
            "set the task to scheduled again"
        )


def find_scope(
    task: task_records.Task, database: facade.Database, conf: cfg.ConfigOpts
) -> scopes.Scope:
    """Return the active scope of a task.

    :raises Unworkable: if no or more than one active scope has its id.
    """
    with database.reader() as session:
        states = scope_queries.find_active(session, task.scope_id)
    if len(states) != 1:
        raise Unworkable(
            f"scope {task.scope_id}: {len(states)} active scopes have this "
            "id, it takes exactly one"
        )
    return _complete(states[0].scope, conf)


def find_scopes(
    scope_ids: collections.abc.Collection[str],
    database: facade.Database,
    conf: cfg.ConfigOpts,
) -> dict[str, scopes.Scope]:
    """Return the active scopes that have some ids, read by one statement.

    An id is missing if no or more than one active scope has it.
    """
    with database.reader() as session:
        states = scope_queries.find(
            session, identifiers=scope_ids, active=True
        )
    times = collections.Counter(state.scope.identifier for state in states)
    return {
        state.scope.identifier: _complete(state.scope, conf)
        for state in states
        if times[state.scope.identifier] == 1
    }


def _complete(scope: scopes.Scope, conf: cfg.ConfigOpts) -> scopes.Scope:
    # Upstream leaves these fields of a new row empty at first.
    return scopes.Scope(
        identifier=scope.identifier,
        scope_key=scope.scope_key or conf.collect.scope_key,
        fetcher=scope.fetcher or conf.fetcher.backend,
        collector=scope.collector or conf.collect.collector,
    )
