# SPDX-License-Identifier: Apache-2.0
"""Counters of a task's periods: all, completed, kept."""

import collections.abc
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import row_ids
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
    count_kept_many(session, {task_id: periods})


def count_kept_many(
    session: orm.Session, kept: collections.abc.Mapping[int, int]
) -> None:
    """Do ``count_kept`` for several tasks.

    One statement for each different number.

    :param kept: numbers of periods by the tasks' ids.
    """
    by_number: dict[int, list[int]] = {}
    for task_id, periods in sorted(kept.items()):
        by_number.setdefault(periods, []).append(task_id)
    for periods, task_ids in by_number.items():
        for piece in exact_text.chunks(task_ids):
            session.connection().execute(
                sa.update(_TABLE)
                .where(row_ids.among(_TABLE.c.id, piece))
                .values(
                    periods_kept=sa.func.coalesce(_TABLE.c.periods_kept, 0)
                    + periods
                )
            )
