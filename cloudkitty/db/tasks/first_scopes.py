# SPDX-License-Identifier: Apache-2.0
"""The scopes of the first tasks of batches, for lists."""

import collections.abc
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import models as task_models

# Without aliases of the ORM, which take a fiftieth of the API's start.
_TABLE = typing.cast(sa.Table, task_models.Reprocess.__table__)
#: Number of scopes of a batch at most.
MOST = 3


def _after(position: int) -> sa.ScalarSelect[typing.Any]:
    """Return the scope of a later task of the batch of a row.

    :param position: 1 for the next task.
    """
    other = _TABLE.alias(f"other_{position}").c
    # The ids of a batch are close together: the search ends at once, by the
    # index on ids as by that on batches.
    return (
        sa.select(other.identifier)
        .where(other.batch_id == _TABLE.c.batch_id, other.id > _TABLE.c.id)
        .order_by(other.id)
        .limit(1)
        .offset(position - 1)
        .scalar_subquery()
    )


_SELECT = sa.select(
    _TABLE.c.id, _TABLE.c.identifier, *map(_after, range(1, MOST))
).where(_TABLE.c.id.in_(sa.bindparam("task_ids", expanding=True)))


def find(
    session: orm.Session, task_ids: collections.abc.Iterable[int]
) -> dict[int, tuple[str, ...]]:
    """Return the scopes of the first tasks of batches, in their order.

    :param task_ids: id of the first task of each batch.
    :returns: by these ids; ``MOST`` scopes or all.
    """
    return {
        task_id: tuple(scope for scope in scopes if scope is not None)
        for piece in exact_text.chunks(task_ids)
        for task_id, *scopes in session.connection().execute(
            _SELECT, {"task_ids": piece}
        )
    }
