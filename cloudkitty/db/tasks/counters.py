# SPDX-License-Identifier: Apache-2.0
"""Counters of a task's periods: all, completed, kept."""

import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.tasks import models as task_models

_Model = task_models.Reprocess
_TABLE = typing.cast(sa.Table, _Model.__table__)


def count_periods(
    session: orm.Session,
    task_id: int,
    total: int,
    done: int,
    period_seconds: int,
) -> None:
    """Fill in the counters of a task that upstream wrote.

    :param period_seconds: length of the counted periods, stored as the task's.
    """
    session.execute(
        sa.update(_TABLE)
        .where(_Model.id == task_id)
        .values(
            periods_total=total,
            periods_done=done,
            claimed_done=done,
            period_seconds=period_seconds,
        )
    )


def count_kept(session: orm.Session, task_id: int, periods: int) -> None:
    """Add to the number of periods in which stored points were kept.

    For the transaction that moves the cursor past them.
    """
    session.connection().execute(
        sa.update(_TABLE)
        .where(_Model.id == task_id)
        .values(
            periods_kept=sa.func.coalesce(_Model.periods_kept, 0) + periods
        )
    )
