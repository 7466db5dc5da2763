# SPDX-License-Identifier: Apache-2.0
"""The import of upstream's table ``rated_data_frames``."""

from oslo_config import cfg

from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.storage import base
from cloudkitty.storage.importing import completion
from cloudkitty.storage.importing import importer
from cloudkitty.storage.v1 import sqlalchemy as v1
from cloudkitty.storage.v2 import sqlalchemy as v2


def make(
    conf: cfg.ConfigOpts,
    database: facade.Database,
    progress: importer.Progress,
    *,
    overwrite: bool,
) -> tuple[importer.Importer, base.Storage]:
    """Return the import, and its target to close.

    The target is the SQL storage of version 2, whatever is configured.
    """
    target = v2.SQLAlchemyStorage(conf, database)

    def make_scope(identifier: str) -> scopes.Scope:
        return scopes.Scope(
            identifier=identifier,
            scope_key=conf.collect.scope_key,
            fetcher=conf.fetcher.backend,
            collector=conf.collect.collector,
        )

    return (
        importer.Importer(
            completion.SOURCE,
            v1.SQLAlchemyStorage(conf, database),
            target,
            database,
            make_scope,
            progress,
            overwrite=overwrite,
        ),
        target,
    )
