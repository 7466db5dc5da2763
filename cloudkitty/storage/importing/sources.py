# SPDX-License-Identifier: Apache-2.0
"""The storages that an import can read."""

import dataclasses
import functools
import pathlib

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common import plugins
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.storage import base
from cloudkitty.storage import loader
from cloudkitty.storage.exporting import exported
from cloudkitty.storage.importing import completion
from cloudkitty.storage.importing import months
from cloudkitty.storage.v1 import sqlalchemy as v1

#: The driver of the tables that an import writes.
_TARGET = "sqlalchemy"
#: The files of ``cloudkitty-dbsync export``.
EXPORT = "export"


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A storage that is read.

    :param name: for the table of the progress.
    :param sums: reads the sums, with all their digits.
    """

    name: str
    storage: base.Storage
    sums: months.Read


def names() -> list[str]:
    """Return the names of all sources."""
    backends = plugins.names(loader.NAMESPACES[2])
    return [
        completion.SOURCE,
        EXPORT,
        *sorted(name for name in backends if name != _TARGET),
    ]


def load(
    conf: cfg.ConfigOpts,
    database: facade.Database,
    name: str,
    directory: pathlib.Path | None = None,
) -> Source:
    """Return a source.

    :param name: ``rated_data_frames``, ``export``, or a driver of
        ``[storage] version = 2`` whose options are in the configuration.
    :param directory: of the files of ``export``.
    :raises cloudkitty.storage.exporting.errors.ExportInvalid: for incomplete
        files.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if it cannot be
        loaded.
    """
    if name == completion.SOURCE:
        storage: base.Storage = v1.SQLAlchemyStorage(conf, database)
        read: months.Read = functools.partial(months.sums, storage)
    elif name == EXPORT:
        if directory is None:
            raise exceptions.InvalidConfiguration(
                "import-rated --from export needs --directory"
            )
        files = exported.ExportedStorage(conf, database, directory)
        storage, read = files, files.sums
    else:
        storage = loader.load_backend(conf, database, 2, name)
        storage.check()
        read = functools.partial(months.exact_sums, storage)
    return Source(name, storage, read)


def make_scope(conf: cfg.ConfigOpts, identifier: str) -> scopes.Scope:
    """Return the scope of an identifier: sources do not know more."""
    return scopes.Scope(
        identifier=identifier,
        scope_key=conf.collect.scope_key,
        fetcher=conf.fetcher.backend,
        collector=conf.collect.collector,
    )
