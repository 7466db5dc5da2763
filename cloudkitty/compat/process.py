# SPDX-License-Identifier: Apache-2.0
"""The options, database and bus of the process, for plugins of upstream.

They are constructed without arguments and read globals: ``cfg.CONF``,
``cloudkitty.db`` and ``cloudkitty.messaging``. Everything else in this
service gets these objects as arguments.
"""

import threading

from oslo_config import cfg
from oslo_db import options as db_options

from cloudkitty.common import exceptions
from cloudkitty.common import rpc as ck_rpc
from cloudkitty.common.rpc import client as rpc_client
from cloudkitty.conf import opts
from cloudkitty.db import facade


class _Globals:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.conf: cfg.ConfigOpts | None = None
        self.database: facade.Database | None = None
        self.rpc: ck_rpc.Client | None = None


_globals = _Globals()


def use(conf: cfg.ConfigOpts, rpc: ck_rpc.Client | None = None) -> None:
    """Give plugins the options of this process.

    ``cfg.CONF`` gets the options of this service and reads the same files.

    :param rpc: client of the processors; ``None`` creates one if needed.
    """
    with _globals.lock:
        if _globals.conf is not conf:
            reset()
            _fill_global(conf)
            _globals.conf = conf
        if rpc is not None:
            _globals.rpc = rpc


def reset() -> None:
    """Forget the options and close the connections."""
    with _globals.lock:
        if _globals.database is not None:
            _globals.database.dispose()
        _globals.conf = _globals.database = _globals.rpc = None


def release() -> None:
    """Close the connections, before a fork; later uses open new ones."""
    with _globals.lock:
        if _globals.database is not None:
            _globals.database.dispose()


def conf() -> cfg.ConfigOpts:
    """Return the options of this process.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the process
        loads no plugin of upstream.
    """
    if _globals.conf is None:
        raise exceptions.InvalidConfiguration(
            "no options: this process has not loaded its plugins yet"
        )
    return _globals.conf


def database() -> facade.Database:
    """Return the service's database."""
    with _globals.lock:
        if _globals.database is None:
            _globals.database = facade.Database(conf())
        return _globals.database


def rpc() -> ck_rpc.Client:
    """Return the client of the processors."""
    with _globals.lock:
        if _globals.rpc is None:
            _globals.rpc = rpc_client.BusClient(conf())
        return _globals.rpc


def _fill_global(conf: cfg.ConfigOpts) -> None:
    library = ("database", db_options.database_opts)
    for group, options in [*opts.service_opts(), library]:
        for option in options:
            try:
                cfg.CONF.register_opt(
                    option, group=None if group == "DEFAULT" else group
                )
            except cfg.DuplicateOptError:
                # A plugin has registered its own form of it.
                continue
    cfg.CONF(
        args=[],
        project="cloudkitty",
        default_config_files=list(conf.config_file or ()),
        default_config_dirs=list(conf.config_dir or ()),
    )
