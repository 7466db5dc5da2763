# SPDX-License-Identifier: Apache-2.0
"""The scopes of the first tasks of batches, for lists."""

import collections.abc
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import models as task_models

_Model = task_models.Reprocess
#: Number of scopes of a batch at most.
MOST = 3


def _after(position: int) -> sa.ScalarSelect[typing.Any]:
    """Return the scope of a later task of the batch of a row.

    :param position: 1 for the next task.
    """
    other = orm.aliased(_Model)
    # The ids of a batch are close together: the search ends at once, by the
    # index on ids as by that on batches.
    return (
        sa.select(other.identifier)
        .where(other.batch_id == _Model.batch_id, other.id > _Model.id)
        .order_by(other.id)
        .limit(1)
        .offset(position - 1)
        .scalar_subquery()
    )


_SELECT = sa.select(
    _Model.id, _Model.identifier, *map(_after, range(1, MOST))
).where(_Model.id.in_(sa.bindparam("task_ids", expanding=True)))


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
