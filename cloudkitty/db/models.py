# SPDX-License-Identifier: Apache-2.0
"""Tables of the service's database.

Names, types and constraints of upstream's tables are the facts of its
release 25; our additions are nullable or have a server default, so that
upstream can still write to the same tables. The tables of tasks and of rules
are in ``db.tasks.models`` and ``db.rules.models``.
"""

import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import base
from cloudkitty.db.rules import models as rule_models  # noqa: F401 - adds tables
from cloudkitty.db.sql import types
from cloudkitty.db.tasks import models as task_models  # noqa: F401 - adds tables

#: All tables: those below, and those of the imported modules.
METADATA = base.Base.metadata


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
    scope_key: orm.Mapped[str | None] = orm.mapped_column(sa.String(40))
    fetcher: orm.Mapped[str | None] = orm.mapped_column(sa.String(40))
    collector: orm.Mapped[str | None] = orm.mapped_column(sa.String(40))
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


class ReportState(base.Base):
    """A table that upstream has, but does not write."""

    __tablename__ = "states"
    __table_args__ = (base.TABLE_ARGS,)

    name: orm.Mapped[str] = orm.mapped_column(sa.String(255), primary_key=True)
    state: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)
    s_metadata: orm.Mapped[str | None] = orm.mapped_column(sa.Text)


class ServiceToCollectorMapping(base.Base):
    """Only upstream's v1 API of collectors reads it."""

    __tablename__ = "service_to_collector_mappings"
    __table_args__ = (base.TABLE_ARGS,)

    service: orm.Mapped[str] = orm.mapped_column(
        sa.String(255), primary_key=True
    )
    collector: orm.Mapped[str] = orm.mapped_column(sa.String(255))
