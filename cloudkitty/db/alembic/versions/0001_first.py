# SPDX-License-Identifier: Apache-2.0
"""Create every table; take over the tables of upstream.

The revision serves both an empty database and one that upstream's own
migrations brought to their heads: an existing table keeps its columns and
rows, and gets the columns and indexes that it lacks.
"""

import collections.abc
import typing

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from cloudkitty.db import migration
from cloudkitty.db.sql import types

revision = "0001"
down_revision = None


def _widen_text(table: str, *names: str) -> None:
    """Let upstream's text columns on MySQL hold and distinguish all text.

    Upstream creates them with a character set that lacks a part of Unicode,
    and with a collation that may equate two scopes. Their values stay.
    """
    connection = op.get_bind()
    if connection.dialect.name not in ("mysql", "mariadb"):
        return
    inspector = sa.inspect(connection)
    if not inspector.has_table(table):
        return
    # For the columns to come.
    op.execute(f"ALTER TABLE {table} DEFAULT CHARACTER SET utf8mb4")
    for name in names:
        op.alter_column(
            table,
            name,
            type_=(
                mysql.TEXT(charset="utf8mb4")
                if name == "reason"
                else types.ExactString(256)
            ),
            existing_nullable=False,
        )


def _create_or_adopt(
    table: str, *parts: sa.Column[typing.Any] | sa.Constraint
) -> None:
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(table):
        op.create_table(
            table, *parts, mysql_engine="InnoDB", mysql_charset="utf8mb4"
        )
        return
    there = {column["name"] for column in inspector.get_columns(table)}
    for part in parts:
        if isinstance(part, sa.Column) and part.name not in there:
            op.add_column(table, part)


def _ensure_index(
    name: str, table: str, columns: collections.abc.Sequence[str]
) -> None:
    there = sa.inspect(op.get_bind()).get_indexes(table)
    if name not in {index["name"] for index in there}:
        op.create_index(name, table, columns)


def upgrade() -> None:
    migration.check_upstream(op.get_bind())
    _widen_text("cloudkitty_storage_states", "identifier")
    _widen_text("storage_scope_reprocessing_schedule", "identifier", "reason")
    _create_or_adopt(
        "cloudkitty_storage_states",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identifier", types.ExactString(256), nullable=False),
        sa.Column("scope_key", sa.String(length=40), nullable=True),
        sa.Column("fetcher", sa.String(length=40), nullable=True),
        sa.Column("collector", sa.String(length=40), nullable=True),
        sa.Column(
            "last_processed_timestamp", types.UTCDateTime(), nullable=False
        ),
        sa.Column(
            "scope_activation_toggle_date",
            types.UTCDateTime(),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "generation", sa.Integer(), server_default="0", nullable=False
        ),
        sa.PrimaryKeyConstraint(
            "id", name=op.f("pk_cloudkitty_storage_states")
        ),
        sa.UniqueConstraint(
            "identifier",
            "scope_key",
            "collector",
            "fetcher",
            name="uq_cloudkitty_storage_states_identifier",
        ),
    )
    _create_or_adopt(
        "hashmap_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hashmap_groups")),
        sa.UniqueConstraint(
            "group_id", name=op.f("uq_hashmap_groups_group_id")
        ),
        sa.UniqueConstraint("name", name=op.f("uq_hashmap_groups_name")),
    )
    _create_or_adopt(
        "hashmap_services",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hashmap_services")),
        sa.UniqueConstraint("name", name=op.f("uq_hashmap_services_name")),
        sa.UniqueConstraint(
            "service_id", name=op.f("uq_hashmap_services_service_id")
        ),
    )
    _create_or_adopt(
        "modules_state",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_modules_state")),
    )
    _create_or_adopt(
        "states",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.BigInteger(), nullable=False),
        sa.Column("s_metadata", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_states")),
    )
    _create_or_adopt(
        "service_to_collector_mappings",
        sa.Column("service", sa.String(length=255), nullable=False),
        sa.Column("collector", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint(
            "service", name=op.f("pk_service_to_collector_mappings")
        ),
    )
    _create_or_adopt(
        "pyscripts_scripts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("script_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("checksum", sa.String(length=128), nullable=False),
        sa.Column(
            "created_at",
            types.UTCDateTime(),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column(
            "start",
            types.UTCDateTime(),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("end", types.UTCDateTime(), nullable=True),
        sa.Column("description", types.short_text(), nullable=True),
        sa.Column("deleted", types.UTCDateTime(), nullable=True),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("updated_by", sa.String(length=32), nullable=True),
        sa.Column("deleted_by", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pyscripts_scripts")),
        sa.UniqueConstraint(
            "script_id", name=op.f("uq_pyscripts_scripts_script_id")
        ),
    )
    _create_or_adopt(
        "storage_scope_reprocessing_schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identifier", types.ExactString(256), nullable=False),
        sa.Column("start_reprocess_time", types.UTCDateTime(), nullable=False),
        sa.Column("end_reprocess_time", types.UTCDateTime(), nullable=False),
        sa.Column(
            "current_reprocess_time", types.UTCDateTime(), nullable=True
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=True),
        sa.Column(
            "mode",
            sa.String(length=16),
            server_default="reprocess",
            nullable=False,
        ),
        sa.Column("batch_id", sa.String(length=36), nullable=True),
        sa.Column("metrics", sa.JSON(none_as_null=True), nullable=True),
        sa.Column(
            "allow_empty",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
        ),
        sa.Column("created_by", sa.String(length=255), nullable=True),
        sa.Column("project_id", sa.String(length=255), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", types.UTCDateTime(), nullable=True),
        sa.Column("updated_at", types.UTCDateTime(), nullable=True),
        sa.Column("started_at", types.UTCDateTime(), nullable=True),
        sa.Column("finished_at", types.UTCDateTime(), nullable=True),
        sa.Column(
            "attempts", sa.Integer(), server_default="0", nullable=False
        ),
        sa.Column("next_attempt_at", types.UTCDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.String(length=255), nullable=True),
        sa.Column(
            "lease_token", sa.Integer(), server_default="0", nullable=False
        ),
        sa.Column("lease_expires_at", types.UTCDateTime(), nullable=True),
        sa.Column("periods_total", sa.Integer(), nullable=True),
        sa.Column("periods_done", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint(
            "id", name=op.f("pk_storage_scope_reprocessing_schedule")
        ),
    )
    _ensure_index(
        "ix_reprocessing_identifier_state",
        "storage_scope_reprocessing_schedule",
        ["identifier", "state"],
    )
    _ensure_index(
        "ix_reprocessing_state_id",
        "storage_scope_reprocessing_schedule",
        ["state", "id"],
    )
    _ensure_index(
        "ix_storage_scope_reprocessing_schedule_batch_id",
        "storage_scope_reprocessing_schedule",
        ["batch_id"],
    )

    _create_or_adopt(
        "hashmap_fields",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["hashmap_services.id"],
            name=op.f("fk_hashmap_fields_service_id_hashmap_services"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hashmap_fields")),
        sa.UniqueConstraint(
            "field_id", name=op.f("uq_hashmap_fields_field_id")
        ),
        sa.UniqueConstraint(
            "service_id", "name", name="uniq_field_per_service"
        ),
    )
    _create_or_adopt(
        "hashmap_mappings",
        sa.Column("mapping_id", sa.String(length=36), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column(
            "created_at",
            types.UTCDateTime(),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column(
            "start",
            types.UTCDateTime(),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("end", types.UTCDateTime(), nullable=True),
        sa.Column("description", types.short_text(), nullable=True),
        sa.Column("deleted", types.UTCDateTime(), nullable=True),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("updated_by", sa.String(length=32), nullable=True),
        sa.Column("deleted_by", sa.String(length=32), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "cost", types.ExactNumeric(precision=40, scale=28), nullable=False
        ),
        sa.Column("map_type", types.map_type(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("field_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("tenant_id", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["hashmap_fields.id"],
            name=op.f("fk_hashmap_mappings_field_id_hashmap_fields"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["hashmap_groups.id"],
            name=op.f("fk_hashmap_mappings_group_id_hashmap_groups"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["hashmap_services.id"],
            name=op.f("fk_hashmap_mappings_service_id_hashmap_services"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hashmap_mappings")),
        sa.UniqueConstraint(
            "mapping_id", name=op.f("uq_hashmap_mappings_mapping_id")
        ),
    )
    _create_or_adopt(
        "hashmap_thresholds",
        sa.Column("threshold_id", sa.String(length=36), nullable=False),
        sa.Column(
            "level", types.ExactNumeric(precision=20, scale=8), nullable=True
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "cost", types.ExactNumeric(precision=40, scale=28), nullable=False
        ),
        sa.Column("map_type", types.map_type(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("field_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("tenant_id", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["hashmap_fields.id"],
            name=op.f("fk_hashmap_thresholds_field_id_hashmap_fields"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["hashmap_groups.id"],
            name=op.f("fk_hashmap_thresholds_group_id_hashmap_groups"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["hashmap_services.id"],
            name=op.f("fk_hashmap_thresholds_service_id_hashmap_services"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hashmap_thresholds")),
        sa.UniqueConstraint(
            "level", "field_id", "tenant_id", name="uniq_field_threshold"
        ),
        sa.UniqueConstraint(
            "level", "service_id", "tenant_id", name="uniq_service_threshold"
        ),
        sa.UniqueConstraint(
            "threshold_id", name=op.f("uq_hashmap_thresholds_threshold_id")
        ),
    )
    _create_or_adopt(
        "cloudkitty_rated_points",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("scope_id", types.ExactText(length=256), nullable=False),
        sa.Column("scope_key", sa.String(length=40), nullable=False),
        sa.Column("begin", types.UTCDateTime(), nullable=False),
        sa.Column("end", types.UTCDateTime(), nullable=False),
        sa.Column("metric", types.ExactText(length=255), nullable=False),
        sa.Column("unit", sa.String(length=255), nullable=False),
        sa.Column(
            "qty", types.ExactNumeric(precision=65, scale=28), nullable=False
        ),
        sa.Column(
            "price", types.ExactNumeric(precision=65, scale=28), nullable=False
        ),
        sa.Column("groupby", sa.JSON(), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cloudkitty_rated_points")),
    )
    _ensure_index(
        "ix_rated_points_begin", "cloudkitty_rated_points", ["begin"]
    )
    _ensure_index(
        "ix_rated_points_scope_begin",
        "cloudkitty_rated_points",
        ["scope_id", "begin", "metric"],
    )
