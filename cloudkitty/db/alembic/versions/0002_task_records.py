# SPDX-License-Identifier: Apache-2.0
"""Add the tables of tasks' events, totals, notes and requests."""

import typing

import sqlalchemy as sa
from alembic import op

from cloudkitty.db.sql import types

revision = "0002"
down_revision = "0001"

_TASKS = "storage_scope_reprocessing_schedule"
_OPTIONS: dict[str, typing.Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
}


def _task_key(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["task_id"], [f"{_TASKS}.id"], name=name, ondelete="CASCADE"
    )


def _points(part: str, nullable: bool = True) -> sa.Column[typing.Any]:
    return sa.Column(f"points_{part}", sa.BigInteger(), nullable=nullable)


def _money(name: str, nullable: bool = True) -> sa.Column[typing.Any]:
    return sa.Column(name, types.ExactNumeric(65, 28), nullable=nullable)


def upgrade() -> None:
    for column in (
        sa.Column("claimed_at", types.UTCDateTime(), nullable=True),
        sa.Column("claimed_done", sa.Integer(), nullable=True),
    ):
        op.add_column(_TASKS, column)
    op.create_table(
        "cloudkitty_task_events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("from_state", sa.String(16), nullable=True),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("by_whom", sa.String(255), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        _task_key("fk_task_events_task_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cloudkitty_task_events"),
        **_OPTIONS,
    )
    op.create_index(
        "ix_task_events_task_id_id",
        "cloudkitty_task_events",
        ["task_id", "id"],
    )
    op.create_table(
        "cloudkitty_task_totals",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("metric", types.ExactText(255), nullable=False),
        _points("before", nullable=False),
        _money("qty_before", nullable=False),
        _money("price_before", nullable=False),
        _points("after"),
        _money("qty_after"),
        _money("price_after"),
        _points("equal"),
        _money("price_equal"),
        _points("changed"),
        _money("price_changed"),
        _points("missing"),
        _money("price_missing"),
        _points("extra"),
        _money("price_extra"),
        _task_key("fk_task_totals_task_id"),
        sa.PrimaryKeyConstraint(
            "task_id", "metric", name="pk_cloudkitty_task_totals"
        ),
        **_OPTIONS,
    )
    op.create_table(
        "cloudkitty_task_notes",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("begin", types.UTCDateTime(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("end", types.UTCDateTime(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        _task_key("fk_task_notes_task_id"),
        sa.PrimaryKeyConstraint(
            "task_id", "begin", "kind", name="pk_cloudkitty_task_notes"
        ),
        **_OPTIONS,
    )
    op.create_table(
        "cloudkitty_task_requests",
        sa.Column("key_digest", sa.String(64), nullable=False),
        sa.Column("body_digest", sa.String(64), nullable=False),
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("created_at", types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint(
            "key_digest", name="pk_cloudkitty_task_requests"
        ),
        **_OPTIONS,
    )
    op.create_index(
        "ix_cloudkitty_task_requests_created_at",
        "cloudkitty_task_requests",
        ["created_at"],
    )
