# SPDX-License-Identifier: Apache-2.0
"""Tables of tasks.

The table of tasks is upstream's; see ``db.models`` for its columns. The other
tables are ours: their rows are deleted with the row of the task.
"""

import datetime
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db import base
from cloudkitty.db.sql import types

#: SQLite ignores lengths, and would need a new table for another one.
_State = sa.String(32).with_variant(sa.String(16), "sqlite")
_Money = types.ExactNumeric(money.DIGITS, money.PLACES)


class Reprocess(base.Base):
    """A task: one reprocess of one scope over one window."""

    __tablename__ = "storage_scope_reprocessing_schedule"
    __table_args__ = (
        # The claim reads due tasks oldest first; acceptance looks for the
        # unfinished tasks of some scopes.
        sa.Index("ix_reprocessing_state_id", "state", "id"),
        sa.Index(
            "ix_reprocessing_identifier_state",
            "identifier",
            "state",
        ),
        base.TABLE_ARGS,
    )

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    identifier: orm.Mapped[str] = orm.mapped_column(types.ExactString(256))
    start_reprocess_time: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime
    )
    end_reprocess_time: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime
    )
    current_reprocess_time: orm.Mapped[datetime.datetime | None] = (
        orm.mapped_column(types.UTCDateTime)
    )
    reason: orm.Mapped[str] = orm.mapped_column(sa.Text)
    # Ours, all NULL or defaulted in a row that upstream wrote.
    state: orm.Mapped[str | None] = orm.mapped_column(_State)
    mode: orm.Mapped[str] = orm.mapped_column(
        sa.String(16), default="reprocess", server_default="reprocess"
    )
    batch_id: orm.Mapped[str | None] = orm.mapped_column(
        sa.String(36), index=True
    )
    metrics: orm.Mapped[typing.Any | None] = orm.mapped_column(
        sa.JSON(none_as_null=True)
    )
    allow_empty: orm.Mapped[bool] = orm.mapped_column(
        default=False, server_default=sa.false()
    )
    created_by: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    project_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    request_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(64))
    created_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    updated_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    started_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    finished_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    attempts: orm.Mapped[int] = orm.mapped_column(
        default=0, server_default="0"
    )
    next_attempt_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    last_error: orm.Mapped[str | None] = orm.mapped_column(sa.Text)
    lease_owner: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    lease_token: orm.Mapped[int] = orm.mapped_column(
        default=0, server_default="0"
    )
    lease_expires_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    periods_total: orm.Mapped[int | None]
    periods_done: orm.Mapped[int | None]
    # Those in which stored points were kept.
    periods_kept: orm.Mapped[int | None]
    # When the claim of today began, and how far the task was then: the pace.
    claimed_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    claimed_done: orm.Mapped[int | None]
    # [collect] period when the task was made; NULL: the processor's own.
    period_seconds: orm.Mapped[int | None]
    # It is not claimed before; NULL: at any time.
    not_before: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    # Tasks of its batch that may run at once; NULL: any number.
    max_running: orm.Mapped[int | None]


def _task_id(key: str, primary_key: bool = True) -> orm.MappedColumn[int]:
    tasks = Reprocess.__tablename__
    return orm.mapped_column(
        sa.ForeignKey(f"{tasks}.id", name=key, ondelete="CASCADE"),
        primary_key=primary_key,
    )


class TaskEvent(base.Base):
    """One transition of one task."""

    __tablename__ = "cloudkitty_task_events"
    __table_args__ = (
        sa.Index("ix_task_events_task_id_id", "task_id", "id"),
        base.TABLE_ARGS,
    )

    id: orm.Mapped[int] = orm.mapped_column(
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        primary_key=True,
    )
    task_id: orm.Mapped[int] = _task_id(
        "fk_task_events_task_id", primary_key=False
    )
    at: orm.Mapped[datetime.datetime] = orm.mapped_column(types.UTCDateTime)
    # NULL for the acceptance.
    from_state: orm.Mapped[str | None] = orm.mapped_column(_State)
    to_state: orm.Mapped[str] = orm.mapped_column(_State)
    # A user's id, or the name of a processor's worker.
    by_whom: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    why: orm.Mapped[str | None] = orm.mapped_column(sa.Text)


class TaskTotal(base.Base):
    """The totals of one metric in a task's window, before and after it."""

    __tablename__ = "cloudkitty_task_totals"
    __table_args__ = (base.TABLE_ARGS,)

    task_id: orm.Mapped[int] = _task_id("fk_task_totals_task_id")
    metric: orm.Mapped[str] = orm.mapped_column(
        types.ExactText(255), primary_key=True
    )
    points_before: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)
    qty_before: orm.Mapped[decimal.Decimal] = orm.mapped_column(_Money)
    price_before: orm.Mapped[decimal.Decimal] = orm.mapped_column(_Money)
    # NULL until the task has ended by itself; of a preview they grow.
    points_after: orm.Mapped[int | None] = orm.mapped_column(sa.BigInteger)
    qty_after: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(_Money)
    price_after: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(_Money)
    # Of previews only: differences between stored and new points.
    points_equal: orm.Mapped[int | None] = orm.mapped_column(sa.BigInteger)
    price_equal: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(_Money)
    points_changed: orm.Mapped[int | None] = orm.mapped_column(sa.BigInteger)
    # The difference that these points make.
    price_changed: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(
        _Money
    )
    points_missing: orm.Mapped[int | None] = orm.mapped_column(sa.BigInteger)
    price_missing: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(
        _Money
    )
    points_extra: orm.Mapped[int | None] = orm.mapped_column(sa.BigInteger)
    price_extra: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(_Money)
    # The prices before and after of each day; see ``totals``. Not for lists.
    days: orm.Mapped[typing.Any | None] = orm.mapped_column(
        sa.JSON(none_as_null=True), deferred=True
    )


class TaskNote(base.Base):
    """Consecutive periods of a task with a special result."""

    __tablename__ = "cloudkitty_task_notes"
    __table_args__ = (base.TABLE_ARGS,)

    task_id: orm.Mapped[int] = _task_id("fk_task_notes_task_id")
    begin: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime, primary_key=True
    )
    kind: orm.Mapped[str] = orm.mapped_column(sa.String(16), primary_key=True)
    # Empty where a note is about the period as a whole.
    metric: orm.Mapped[str] = orm.mapped_column(
        types.ExactText(255), primary_key=True, default="", server_default=""
    )
    # Exclusive.
    end: orm.Mapped[datetime.datetime] = orm.mapped_column(types.UTCDateTime)
    detail: orm.Mapped[str | None] = orm.mapped_column(sa.Text)


class TaskBatch(base.Base):
    """A request with a limit, an approval or a preview."""

    __tablename__ = "cloudkitty_task_batches"
    __table_args__ = (base.TABLE_ARGS,)

    batch_id: orm.Mapped[str] = orm.mapped_column(
        sa.String(36), primary_key=True
    )
    # Changed by each claim of one of its tasks, so that two of them collide.
    claims: orm.Mapped[int] = orm.mapped_column(default=0, server_default="0")
    # Whether a second person approves it; the rest is NULL until then.
    approval: orm.Mapped[bool] = orm.mapped_column(
        default=False, server_default=sa.false()
    )
    approved_by: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    approved_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    # Approved, or ordered as shown.
    preview_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(36))
    preview_digest: orm.Mapped[str | None] = orm.mapped_column(sa.String(64))


class TaskRequest(base.Base):
    """The outcome of a request with an ``Idempotency-Key``."""

    __tablename__ = "cloudkitty_task_requests"
    __table_args__ = (base.TABLE_ARGS,)

    # A digest of the requester and the key: both may be long, and are
    # private.
    key_digest: orm.Mapped[str] = orm.mapped_column(
        sa.String(64), primary_key=True
    )
    body_digest: orm.Mapped[str] = orm.mapped_column(sa.String(64))
    batch_id: orm.Mapped[str] = orm.mapped_column(sa.String(36))
    created_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime, index=True
    )
