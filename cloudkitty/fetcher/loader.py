# SPDX-License-Identifier: Apache-2.0
"""Make the fetcher that ``[fetcher] backend`` names."""

from oslo_config import cfg

from cloudkitty.common import plugins
from cloudkitty.fetcher import base

NAMESPACE = "cloudkitty.fetchers"


def load(conf: cfg.ConfigOpts) -> base.Fetcher:
    """Return the configured fetcher.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for one that
        is unknown or broken, or options it cannot work with.
    """
    fetcher_class = plugins.load_class(
        NAMESPACE,
        conf.fetcher.backend,
        base.Fetcher,  # type: ignore[type-abstract]
        "[fetcher] backend",
    )
    return fetcher_class(conf)
