# SPDX-License-Identifier: Apache-2.0
"""Upstream's table of rated points, ``[storage] version = 1``.

Columns, types and indexes are the facts of its release 25: upstream can go on
with the table at any time. Times are naive UTC. ``desc`` is a JSON object, the
metadata overlaid by the grouping attributes. ``rate`` is the price: FLOAT, of
single precision on MySQL and MariaDB, of double precision on other databases.
"""

import sqlalchemy as sa

from cloudkitty.db import base
from cloudkitty.db.sql import types

METADATA = sa.MetaData(naming_convention=base.NAMING)
#: ``res_type`` of a row that stands for a rated period without a point.
NO_DATA = "_NO_DATA_"
#: Digits of ``qty``: before and after the point.
QTY_DIGITS = 15
QTY_PLACES = 5
#: Maximum number of characters of ``tenant_id``; of bytes of ``desc``.
TENANT_LENGTH = 32
DESC_LENGTH = 65535

TABLE = sa.Table(
    "rated_data_frames",
    METADATA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("begin", types.UTCDateTime(), nullable=False),
    sa.Column("end", types.UTCDateTime(), nullable=False),
    sa.Column("unit", sa.String(255), nullable=False),
    sa.Column(
        "qty", types.ExactNumeric(QTY_DIGITS, QTY_PLACES), nullable=False
    ),
    sa.Column("res_type", sa.String(255), nullable=False),
    sa.Column("rate", sa.Float(), nullable=False),
    sa.Column("desc", sa.Text(), nullable=False),
    sa.Column("tenant_id", sa.String(TENANT_LENGTH), nullable=True),
    sa.Index("idx_rated_data_frames_date", "begin", "end"),
    sa.Index("idx_tenantid_begin_end", "tenant_id", "begin", "end"),
)
