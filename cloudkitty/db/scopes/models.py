# SPDX-License-Identifier: Apache-2.0
"""The table of scopes."""

import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import base
from cloudkitty.db.sql import types


class ScopeState(base.Base):
    """A scope and how far it is rated."""

    __tablename__ = "cloudkitty_storage_states"
    __table_args__ = (
        sa.UniqueConstraint(
            "identifier",
            "scope_key",
            "collector",
            "fetcher",
            name="uq_cloudkitty_storage_states_identifier",
        ),
        base.TABLE_ARGS,
    )

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    identifier: orm.Mapped[str] = orm.mapped_column(types.ExactString(256))
    scope_key: orm.Mapped[str | None] = orm.mapped_column(
        types.ExactString(40)
    )
    fetcher: orm.Mapped[str | None] = orm.mapped_column(types.ExactString(40))
    collector: orm.Mapped[str | None] = orm.mapped_column(
        types.ExactString(40)
    )
    last_processed_timestamp: orm.Mapped[datetime.datetime] = (
        orm.mapped_column(types.UTCDateTime)
    )
    scope_activation_toggle_date: orm.Mapped[datetime.datetime] = (
        orm.mapped_column(types.UTCDateTime, server_default=sa.func.now())
    )
    active: orm.Mapped[bool] = orm.mapped_column(default=True)
    # Ours: the length of the last rated period in seconds, and the
    # timestamp it was stored with. Upstream moves the timestamp alone: the
    # length counts only while the two timestamps are equal.
    period_seconds: orm.Mapped[int | None]
    period_timestamp: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    # Ours: touched first by every acceptance, so that two acceptances of
    # one scope collide, also on a certifying cluster such as Galera.
    generation: orm.Mapped[int] = orm.mapped_column(
        default=0, server_default="0"
    )
    # Ours: periods that begin before it are closed; NULL: none.
    closed_before: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
