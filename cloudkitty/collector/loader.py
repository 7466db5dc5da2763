# SPDX-License-Identifier: Apache-2.0
"""Create the collector that ``[collect] collector`` names."""

import logging

from oslo_config import cfg

from cloudkitty.collector import base
from cloudkitty.collector import definitions
from cloudkitty.common import log_fields
from cloudkitty.common import plugins

LOG = logging.getLogger(__name__)

NAMESPACE = "cloudkitty.collector.backends"


def load_class(conf: cfg.ConfigOpts) -> type[base.Collector]:
    """Return the class of the configured collector.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a
        collector that is unknown or broken.
    """
    return plugins.load_class(
        NAMESPACE,
        conf.collect.collector,
        base.Collector,  # type: ignore[type-abstract]
        "[collect] collector",
        conf,
    )


def load(conf: cfg.ConfigOpts) -> base.Collector:
    """Return the configured collector with its checked definitions.

    The warnings of the definitions are logged.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a
        collector that is unknown or broken, or definitions it cannot serve.
    """
    collector_class = load_class(conf)
    metrics = definitions.load(
        conf.collect.metrics_conf,
        conf.collect.scope_key,
        collector_class.extra_args,
    )
    for metric in metrics:
        for warning in metric.warnings:
            LOG.warning(
                *log_fields.event(
                    "metric definition may be wrong",
                    path=conf.collect.metrics_conf,
                    error=warning,
                )
            )
    return collector_class(conf, metrics)
