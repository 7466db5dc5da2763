# SPDX-License-Identifier: Apache-2.0
"""Make the collector that ``[collect] collector`` names."""

from oslo_config import cfg

from cloudkitty.collector import base
from cloudkitty.collector import definitions
from cloudkitty.common import plugins

NAMESPACE = "cloudkitty.collector.backends"


def load(conf: cfg.ConfigOpts) -> base.Collector:
    """Return the configured collector with its checked definitions.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a
        collector that is unknown or broken, or definitions it cannot serve.
    """
    collector_class = plugins.load_class(
        NAMESPACE,
        conf.collect.collector,
        base.Collector,  # type: ignore[type-abstract]
        "[collect] collector",
    )
    return collector_class(
        conf,
        definitions.load(
            conf.collect.metrics_conf,
            conf.collect.scope_key,
            collector_class.extra_args,
        ),
    )
