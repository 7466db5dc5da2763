# SPDX-License-Identifier: Apache-2.0
"""Claims of single tasks in a transaction of the test."""

import typing

from sqlalchemy import orm

from cloudkitty.db.tasks import cohorts as task_cohorts
from cloudkitty.db.tasks import records as task_records


def claim_next(
    session: orm.Session, **given: typing.Any
) -> task_records.Task | None:
    """Claim the oldest due task; None if none is due.

    :param given: further arguments of ``db.tasks.cohorts.claim_next``.
    """
    return next(iter(task_cohorts.claim_next(session, 1, **given)), None)
