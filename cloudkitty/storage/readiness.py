# SPDX-License-Identifier: Apache-2.0
"""Check at a start that the database and the storage can be used."""

from oslo_config import cfg
from oslo_db import exception as db_exception
from sqlalchemy import exc

from cloudkitty.common import exceptions
from cloudkitty.db import facade
from cloudkitty.db import schema
from cloudkitty.db import startup
from cloudkitty.storage import base
from cloudkitty.storage import history

#: Errors of a server that does not respond, or not as expected.
DOWN = (base.StorageError, db_exception.DBError, exc.SQLAlchemyError)


def check(
    conf: cfg.ConfigOpts, database: facade.Database, storage: base.Storage
) -> None:
    """Check the schemas, the storage, and that no points are hidden.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: the text has
        all causes, with the commands that correct them.
    :raises cloudkitty.storage.base.StorageError: if the storage is
        unavailable, and nothing else is wrong.
    :raises oslo_db.exception.DBError: the same of the database.
    """
    refusals = startup.Refusals()
    down: Exception | None = None
    for step in (_check_schema, _check_storage, _check_history):
        try:
            step(conf, database, storage)
        except exceptions.InvalidConfiguration as error:
            refusals.add(str(error))
        except base.StorageError as error:
            # A storage that is not prepared cannot be asked for points.
            if step is _check_history and refusals.texts:
                with refusals.gather():
                    history.check_empty(conf, database)
            else:
                down = down or error
        except DOWN as error:
            down = down or error
            # Every other step would wait for the same timeout.
            break
    if refusals.texts and down is not None:
        refusals.add(startup.explain(down) or type(down).__name__)
    refusals.check()
    if down is not None:
        raise down


def _check_schema(
    conf: cfg.ConfigOpts, database: facade.Database, storage: base.Storage
) -> None:
    schema.check(database)


def _check_storage(
    conf: cfg.ConfigOpts, database: facade.Database, storage: base.Storage
) -> None:
    storage.check()


def _check_history(
    conf: cfg.ConfigOpts, database: facade.Database, storage: base.Storage
) -> None:
    history.check(conf, database, storage)
