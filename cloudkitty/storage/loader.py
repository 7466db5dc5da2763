# SPDX-License-Identifier: Apache-2.0
"""Create the storage that ``[storage] backend`` names."""

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common import plugins
from cloudkitty.db import facade
from cloudkitty.storage import base

#: Entry points of the drivers by ``[storage] version``.
NAMESPACES = {
    1: "cloudkitty.storage.v1.backends",
    2: "cloudkitty.storage.v2.backends",
}


def load(conf: cfg.ConfigOpts, database: facade.Database) -> base.Storage:
    """Return the configured storage.

    :param database: the service's own database.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the storage
        is unknown or broken, or its options are invalid.
    """
    return load_backend(
        conf, database, conf.storage.version, conf.storage.backend
    )


def load_backend(
    conf: cfg.ConfigOpts, database: facade.Database, version: int, backend: str
) -> base.Storage:
    """Return another storage than the configured one.

    The parameters and errors are those of ``load``.
    """
    option = "[storage] backend"
    if (version, backend) == (1, "hybrid"):
        raise exceptions.InvalidConfiguration(
            f"[storage] version = 1, {option} = hybrid: this release has no "
            "driver for rated data in Gnocchi; set version = 2 and another "
            "backend"
        )
    if version == 1:
        option = f"[storage] version = 1, {option}"
    storage_class = plugins.load_class(
        NAMESPACES[version],
        backend,
        base.Storage,  # type: ignore[type-abstract]
        option,
        conf,
    )
    return storage_class(conf, database)
