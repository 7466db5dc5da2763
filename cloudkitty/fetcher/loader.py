# SPDX-License-Identifier: Apache-2.0
"""Load the fetcher that ``[fetcher] backend`` selects."""

from oslo_config import cfg

from cloudkitty.common import plugins
from cloudkitty.fetcher import base

NAMESPACE = "cloudkitty.fetchers"


def load(conf: cfg.ConfigOpts) -> base.Fetcher:
    """Return the configured fetcher.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the fetcher
        is unknown or cannot be loaded, or if its options are invalid.
    """
    fetcher_class = plugins.load_class(
        NAMESPACE,
        conf.fetcher.backend,
        base.Fetcher,  # type: ignore[type-abstract]
        "[fetcher] backend",
        conf,
    )
    return fetcher_class(conf)
