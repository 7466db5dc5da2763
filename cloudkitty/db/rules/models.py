# SPDX-License-Identifier: Apache-2.0
"""Tables of the rating modules and their rules; see ``db.models``."""

import datetime
import decimal

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import base
from cloudkitty.db.sql import types


class ModuleState(base.Base):
    """Whether a rating module is enabled, and its place in the chain."""

    __tablename__ = "modules_state"
    __table_args__ = (base.TABLE_ARGS,)

    name: orm.Mapped[str] = orm.mapped_column(sa.String(255), primary_key=True)
    state: orm.Mapped[bool] = orm.mapped_column(default=False)
    priority: orm.Mapped[int | None]


class RuleEdition(base.Base):
    """How often the rules of a module were edited; see ``edit_lock``."""

    __tablename__ = "cloudkitty_rule_editions"
    __table_args__ = (base.TABLE_ARGS,)

    module: orm.Mapped[str] = orm.mapped_column(
        sa.String(255), primary_key=True
    )
    edition: orm.Mapped[int] = orm.mapped_column(sa.BigInteger)


class HashmapService(base.Base):
    """A metric that hashmap prices."""

    __tablename__ = "hashmap_services"
    __table_args__ = (base.TABLE_ARGS,)

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    service_id: orm.Mapped[str] = orm.mapped_column(sa.String(36), unique=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(255), unique=True)


class HashmapGroup(base.Base):
    """Rules that are combined before they are added up with others."""

    __tablename__ = "hashmap_groups"
    __table_args__ = (base.TABLE_ARGS,)

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    group_id: orm.Mapped[str] = orm.mapped_column(sa.String(36), unique=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(255), unique=True)


class HashmapField(base.Base):
    """An attribute of a service's points that rules compare."""

    __tablename__ = "hashmap_fields"
    __table_args__ = (
        sa.UniqueConstraint(
            "service_id", "name", name="uniq_field_per_service"
        ),
        base.TABLE_ARGS,
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


class HashmapMapping(_Rule, base.Base):
    """A price for a service, or for one value of a field."""

    __tablename__ = "hashmap_mappings"
    __table_args__ = (base.TABLE_ARGS,)

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


class HashmapThreshold(_Rule, base.Base):
    """A price from a quantity or a field's value on."""

    __tablename__ = "hashmap_thresholds"
    __table_args__ = (
        sa.UniqueConstraint(
            "level", "field_id", "tenant_id", name="uniq_field_threshold"
        ),
        sa.UniqueConstraint(
            "level", "service_id", "tenant_id", name="uniq_service_threshold"
        ),
        base.TABLE_ARGS,
    )

    threshold_id: orm.Mapped[str] = orm.mapped_column(
        sa.String(36), unique=True
    )
    level: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(
        types.ExactNumeric(20, 8)
    )


class PyscriptsScript(base.Base):
    """A rating script."""

    __tablename__ = "pyscripts_scripts"
    __table_args__ = (base.TABLE_ARGS,)

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
