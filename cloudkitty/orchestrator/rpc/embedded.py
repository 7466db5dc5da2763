# SPDX-License-Identifier: Apache-2.0
"""``fake://``: the API process is its own RPC server.

Used by the top layer only: the API does not import this module.
"""

import typing

from oslo_config import cfg
from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.common import messaging
from cloudkitty.common import rpc
from cloudkitty.common.rpc import client as rpc_client

if typing.TYPE_CHECKING:
    from cloudkitty.orchestrator.rpc import server as rpc_server

LOG = log.getLogger(__name__)


def make_client(conf: cfg.ConfigOpts) -> rpc.Client:
    """Return the RPC client of an API process.

    Over ``fake://`` no other process can receive its messages: the server
    is started with the first client of each process.
    """
    if not messaging.embedded(conf):
        return rpc_client.BusClient(conf)
    return rpc_client.BusClient(conf, lambda: serve(conf))


def serve(conf: cfg.ConfigOpts) -> "rpc_server.Server":
    """Serve in threads; return the server, to be ended by ``stop``.

    :raises cloudkitty.common.rpc.Unavailable: if the server cannot start.
    """
    # Imported late: it takes some MiB that other APIs do not need.
    from cloudkitty.orchestrator.rpc import server as rpc_server

    try:
        server = rpc_server.Server(
            rpc_server.build(conf, ck_clock.SystemClock())
        )
        server.start()
    except exceptions.CloudKittyError as error:
        LOG.error(*log_fields.event("rpc is not served", error=error))
        raise rpc.Unavailable from error
    return server
