# SPDX-License-Identifier: Apache-2.0
"""Let tasks and scopes keep the period that they were made with."""

import datetime

import sqlalchemy as sa
from alembic import op

from cloudkitty.db.sql import types

revision = "0007"
down_revision = "0006"

_TASKS = sa.table(
    "storage_scope_reprocessing_schedule",
    sa.column("start_reprocess_time", types.UTCDateTime()),
    sa.column("end_reprocess_time", types.UTCDateTime()),
    sa.column("current_reprocess_time", types.UTCDateTime()),
    sa.column("state", sa.String()),
    sa.column("metrics", sa.Text()),
    sa.column("periods_total", sa.Integer()),
    sa.column("period_seconds", sa.Integer()),
)
_SCOPES = "cloudkitty_storage_states"


def upgrade() -> None:
    for table, column in (
        (_TASKS.name, sa.Column("period_seconds", sa.Integer())),
        (_SCOPES, sa.Column("period_seconds", sa.Integer())),
        (_SCOPES, sa.Column("period_timestamp", types.UTCDateTime())),
    ):
        op.add_column(table, column)
    _fill_in()
    _hide()


def _fill_in() -> None:
    """Find the period of the tasks that were made before, where it shows.

    One of a single period does not show it.
    """
    connection = op.get_bind()
    columns = _TASKS.c
    alike = (
        columns.start_reprocess_time,
        columns.end_reprocess_time,
        columns.periods_total,
    )
    found = connection.execute(
        sa.select(*alike).where(columns.periods_total > 1).distinct()
    ).all()
    for start_at, end_at, total in found:
        length, rest = divmod(
            end_at - start_at, datetime.timedelta(seconds=total - 1)
        )
        if rest or length < 1:
            continue
        connection.execute(
            sa.update(_TASKS)
            .where(
                columns.start_reprocess_time == start_at,
                columns.end_reprocess_time == end_at,
                columns.periods_total == total,
            )
            .values(period_seconds=length)
        )


def _hide() -> None:
    """Show upstream the tasks as done that it would execute wrongly."""
    op.get_bind().execute(
        sa.update(_TASKS)
        .where(
            _TASKS.c.metrics.is_not(None),
            _TASKS.c.state.in_(("scheduled", "running")),
        )
        .values(current_reprocess_time=_TASKS.c.end_reprocess_time)
    )
