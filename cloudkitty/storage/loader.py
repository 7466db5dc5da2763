# SPDX-License-Identifier: Apache-2.0
"""Create the storage that ``[storage] backend`` names."""

from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common import plugins
from cloudkitty.db import facade
from cloudkitty.storage import base

NAMESPACE = "cloudkitty.storage.v2.backends"


def load(conf: cfg.ConfigOpts, database: facade.Database) -> base.Storage:
    """Return the configured storage.

    :param database: the service's own database.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the storage
        is unknown or broken, or its options are invalid.
    """
    if conf.storage.version != 2:
        raise exceptions.InvalidConfiguration(
            f"[storage] version = {conf.storage.version}: only version 2 is "
            "supported; set it to 2"
        )
    storage_class = plugins.load_class(
        NAMESPACE,
        conf.storage.backend,
        base.Storage,  # type: ignore[type-abstract]
        "[storage] backend",
    )
    return storage_class(conf, database)
