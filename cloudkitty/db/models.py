# SPDX-License-Identifier: Apache-2.0
"""All tables of the service's database; the tables without a package.

Names, types and constraints of upstream's tables are the facts of its
release 25; our additions are nullable or have a server default, so that
upstream can still write to the same tables. The other tables are in
``db.scopes.models``, ``db.tasks.models`` and ``db.rules.models``.
"""

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import base
from cloudkitty.db import purge_runs  # noqa: F401 - adds tables
from cloudkitty.db import rated_imports  # noqa: F401 - adds tables
from cloudkitty.db import shards  # noqa: F401 - adds tables
from cloudkitty.db import workers  # noqa: F401 - adds tables
from cloudkitty.db.rules import models as rule_models  # noqa: F401 - adds tables
from cloudkitty.db.scopes import models as scope_models  # noqa: F401 - adds tables
from cloudkitty.db.tasks import models as task_models  # noqa: F401 - adds tables

#: All tables: those below, and those of the imported modules.
METADATA = base.Base.metadata


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
