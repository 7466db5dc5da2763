# SPDX-License-Identifier: Apache-2.0
"""All option groups, for ``conf.make`` and for the sample generator."""

import collections.abc

from oslo_config import cfg
from oslo_db import options as db_options
from oslo_reports import opts as report_options

from cloudkitty.conf import api
from cloudkitty.conf import collect
from cloudkitty.conf import collectors
from cloudkitty.conf import database
from cloudkitty.conf import default
from cloudkitty.conf import fetchers
from cloudkitty.conf import metrics
from cloudkitty.conf import orchestrator
from cloudkitty.conf import pyscripts
from cloudkitty.conf import reprocess
from cloudkitty.conf import storage
from cloudkitty.conf import unused

_MODULES = (
    default,
    api,
    collect,
    collectors,
    database,
    fetchers,
    metrics,
    orchestrator,
    pyscripts,
    reprocess,
    storage,
)


_Pairs = list[tuple[str, collections.abc.Sequence[cfg.Opt]]]


def list_opts() -> _Pairs:
    """Return (group, options) pairs: ``oslo.config.opts`` entry point."""
    return [*service_opts(), *unused.list_opts()]


def service_opts() -> _Pairs:
    """Return the (group, options) pairs that processes register."""
    return [pair for module in _MODULES for pair in module.list_opts()]


def register(conf: cfg.ConfigOpts) -> None:
    """Register all options of the service and of libraries it always uses."""
    for group, options in service_opts():
        # oslo.config distinguishes a group named DEFAULT from no group.
        conf.register_opts(
            options, group=None if group == "DEFAULT" else group
        )
    conf.register_opts(db_options.database_opts, group="database")
    report_options.set_defaults(conf)
