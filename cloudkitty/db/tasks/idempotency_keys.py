# SPDX-License-Identifier: Apache-2.0
"""Queries on ``cloudkitty_task_requests``: requests with a key."""

import dataclasses
import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.tasks import models as task_models

_Model = task_models.TaskRequest


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The outcome of a request.

    :param body_digest: digest of the request body.
    :param batch_id: of the created tasks.
    """

    body_digest: str
    batch_id: str


def get(
    session: orm.Session, key_digest: str, since: datetime.datetime
) -> Known | None:
    """Return the outcome of the request with this key; None if unknown.

    :param since: earlier requests are ignored.
    """
    row = session.get(_Model, key_digest, populate_existing=True)
    if row is None or row.created_at < since:
        return None
    return Known(body_digest=row.body_digest, batch_id=row.batch_id)


def add(
    session: orm.Session, key_digest: str, known: Known, now: datetime.datetime
) -> None:
    """Store a request.

    :raises oslo_db.exception.DBDuplicateEntry: if a concurrent request has
        the same key.
    """
    session.execute(
        sa.insert(_Model).values(
            key_digest=key_digest,
            body_digest=known.body_digest,
            batch_id=known.batch_id,
            created_at=now,
        )
    )


def forget(session: orm.Session, before: datetime.datetime) -> None:
    """Delete the expired requests."""
    session.execute(
        sa.delete(_Model)
        .where(_Model.created_at < before)
        .execution_options(synchronize_session=False)
    )
