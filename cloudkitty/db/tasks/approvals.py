# SPDX-License-Identifier: Apache-2.0
"""Approvals of batches: columns of ``cloudkitty_task_batches``."""

import dataclasses
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import models as task_models

_Model = task_models.TaskBatch
_TABLE = typing.cast(sa.Table, _Model.__table__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The approval of a batch that needs one; all None before it.

    :param by: id of the user who approved it.
    :param at: time of the approval.
    :param preview_id: batch of the preview that was approved.
    :param digest: digest of that preview.
    """

    by: str | None = None
    at: datetime.datetime | None = None
    preview_id: str | None = None
    digest: str | None = None


def find(session: orm.Session, batch_id: str) -> Approval | None:
    """Return the approval of a batch; None if it needs none."""
    columns = _TABLE.c
    row = session.execute(
        sa.select(
            columns.approved_by,
            columns.approved_at,
            columns.preview_id,
            columns.preview_digest,
        ).where(
            exact_text.one_of(session, _Model.batch_id, [batch_id]),
            _Model.approval.is_(True),
        )
    ).one_or_none()
    if row is None:
        return None
    by, at, preview_id, digest = row
    if at is None:
        # The preview of an order that awaits its approval is another link.
        return Approval()
    return Approval(by=by, at=at, preview_id=preview_id, digest=digest)


def store(session: orm.Session, batch_id: str, approval: Approval) -> None:
    """Store the approval of a batch whose tasks are locked."""
    session.connection().execute(
        sa.update(_TABLE)
        .where(_TABLE.c.batch_id == batch_id)
        .values(
            approved_by=approval.by,
            approved_at=approval.at,
            preview_id=approval.preview_id,
            preview_digest=approval.digest,
        )
    )
