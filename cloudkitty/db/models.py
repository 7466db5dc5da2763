# SPDX-License-Identifier: Apache-2.0
"""Tables of the service's database.

Names, types and constraints of upstream's tables are the facts of its
release 25; our additions are nullable or have a server default, so that
upstream can still write to the same tables.
"""

import datetime
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import types

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}

TABLE_ARGS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    # The id of a deleted row is not used again.
    "sqlite_autoincrement": True,
}


class Base(orm.DeclarativeBase):
    """All tables of the service's own database."""

    metadata = sa.MetaData(naming_convention=NAMING)


class ScopeState(Base):
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
        TABLE_ARGS,
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


class Reprocess(Base):
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
        TABLE_ARGS,
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
    state: orm.Mapped[str | None] = orm.mapped_column(sa.String(16))
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


class ModuleState(Base):
    """Whether a rating module is enabled, and its place in the chain."""

    __tablename__ = "modules_state"
    __table_args__ = (TABLE_ARGS,)

    name: orm.Mapped[str] = orm.mapped_column(sa.String(255), primary_key=True)
    state: orm.Mapped[bool] = orm.mapped_column(default=False)
    priority: orm.Mapped[int | None]


class ReportState(Base):
    """A table that upstream has, but does not write."""

    __tablename__ = "states"
    __table_args__ = (TABLE_ARGS,)

    name: orm.Mapped[str] = orm.mapped_column(sa.String(255), primary_key=True)
    state: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)
    s_metadata: orm.Mapped[str | None] = orm.mapped_column(sa.Text)


class ServiceToCollectorMapping(Base):
    """Only upstream's v1 API of collectors reads it."""

    __tablename__ = "service_to_collector_mappings"
    __table_args__ = (TABLE_ARGS,)

    service: orm.Mapped[str] = orm.mapped_column(
        sa.String(255), primary_key=True
    )
    collector: orm.Mapped[str] = orm.mapped_column(sa.String(255))


class RuleEdition(Base):
    """How often the rules of a module were edited; see ``rule_editions``."""

    __tablename__ = "cloudkitty_rule_editions"
    __table_args__ = (TABLE_ARGS,)

    module: orm.Mapped[str] = orm.mapped_column(
        sa.String(255), primary_key=True
    )
    edition: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)


class HashmapService(Base):
    """A metric that hashmap prices."""

    __tablename__ = "hashmap_services"
    __table_args__ = (TABLE_ARGS,)

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    service_id: orm.Mapped[str] = orm.mapped_column(sa.String(36), unique=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(255), unique=True)


class HashmapGroup(Base):
    """Rules that are combined before they are added up with others."""

    __tablename__ = "hashmap_groups"
    __table_args__ = (TABLE_ARGS,)

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    group_id: orm.Mapped[str] = orm.mapped_column(sa.String(36), unique=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(255), unique=True)


class HashmapField(Base):
    """An attribute of a service's points that rules compare."""

    __tablename__ = "hashmap_fields"
    __table_args__ = (
        sa.UniqueConstraint(
            "service_id", "name", name="uniq_field_per_service"
        ),
        TABLE_ARGS,
    )

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    field_id: orm.Mapped[str] = orm.mapped_column(sa.String(36), unique=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    service_id: orm.Mapped[int] = orm.mapped_column(
        sa.ForeignKey("hashmap_services.id", ondelete="CASCADE")
    )


class _Rule:
    """Columns that mappings and thresholds share."""

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    cost: orm.Mapped[decimal.Decimal] = orm.mapped_column(
        types.ExactNumeric(40, 28)
    )
    map_type: orm.Mapped[str] = orm.mapped_column(types.map_type())
    service_id: orm.Mapped[int | None] = orm.mapped_column(
        sa.ForeignKey("hashmap_services.id", ondelete="CASCADE")
    )
    field_id: orm.Mapped[int | None] = orm.mapped_column(
        sa.ForeignKey("hashmap_fields.id", ondelete="CASCADE")
    )
    group_id: orm.Mapped[int | None] = orm.mapped_column(
        sa.ForeignKey("hashmap_groups.id", ondelete="SET NULL")
    )
    tenant_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))


class HashmapMapping(_Rule, Base):
    """A price for a service, or for one value of a field."""

    __tablename__ = "hashmap_mappings"
    __table_args__ = (TABLE_ARGS,)

    mapping_id: orm.Mapped[str] = orm.mapped_column(sa.String(36), unique=True)
    value: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    name: orm.Mapped[str] = orm.mapped_column(sa.String(32))
    created_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime, server_default=sa.func.now()
    )
    start: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime, server_default=sa.func.now()
    )
    end: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    description: orm.Mapped[str | None] = orm.mapped_column(types.short_text())
    deleted: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    created_by: orm.Mapped[str] = orm.mapped_column(types.user_id())
    updated_by: orm.Mapped[str | None] = orm.mapped_column(types.user_id())
    deleted_by: orm.Mapped[str | None] = orm.mapped_column(types.user_id())


class HashmapThreshold(_Rule, Base):
    """A price from a quantity or a field's value on."""

    __tablename__ = "hashmap_thresholds"
    __table_args__ = (
        sa.UniqueConstraint(
            "level", "field_id", "tenant_id", name="uniq_field_threshold"
        ),
        sa.UniqueConstraint(
            "level", "service_id", "tenant_id", name="uniq_service_threshold"
        ),
        TABLE_ARGS,
    )

    threshold_id: orm.Mapped[str] = orm.mapped_column(
        sa.String(36), unique=True
    )
    level: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(
        types.ExactNumeric(20, 8)
    )


class PyscriptsScript(Base):
    """A rating script."""

    __tablename__ = "pyscripts_scripts"
    __table_args__ = (TABLE_ARGS,)

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    script_id: orm.Mapped[str] = orm.mapped_column(sa.String(36), unique=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    data: orm.Mapped[bytes]
    checksum: orm.Mapped[str] = orm.mapped_column(sa.String(128))
    created_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime, server_default=sa.func.now()
    )
    start: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime, server_default=sa.func.now()
    )
    end: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    description: orm.Mapped[str | None] = orm.mapped_column(types.short_text())
    deleted: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    created_by: orm.Mapped[str] = orm.mapped_column(types.user_id())
    updated_by: orm.Mapped[str | None] = orm.mapped_column(types.user_id())
    deleted_by: orm.Mapped[str | None] = orm.mapped_column(types.user_id())
