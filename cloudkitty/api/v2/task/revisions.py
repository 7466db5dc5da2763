# SPDX-License-Identifier: Apache-2.0
"""Tags of the responses of ``/v2/task``; see ``conditional``."""

import collections.abc

from sqlalchemy import orm

from cloudkitty.api.request import conditional
from cloudkitty.api.request import hooks
from cloudkitty.db.tasks import revisions
from cloudkitty.tasks import workers


def check_all(*, with_workers: bool = False) -> None:
    """Check the revision of all tasks.

    :param with_workers: whether the response has the number of workers.
    :raises cloudkitty.api.request.conditional.NotModified: if the client has
        the current response.
    """
    if not with_workers:
        _check(revisions.of_all)
        return
    since = hooks.services().clock.now() - workers.ALIVE
    _check(lambda session: revisions.of_all_and_workers(session, since))


def check_batch(batch_id: str) -> None:
    """Check the revision of a batch, as ``check_all``."""
    _check(lambda session: revisions.of_batch(session, batch_id))


def check_task(task_id: int) -> None:
    """Check the revision of a task, as ``check_all``."""
    _check(lambda session: revisions.of_task(session, task_id))


def _check(read: collections.abc.Callable[[orm.Session], str]) -> None:
    services = hooks.services()
    with services.database.reader() as session:
        revision = read(session)
    conditional.check(revision, services.clock.now())
