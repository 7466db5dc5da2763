# SPDX-License-Identifier: Apache-2.0
"""``fake://``: the API process is its own processor, as far as RPC goes.

For the top layer: the API itself knows nothing of what is here.
"""

import typing

from oslo_config import cfg
from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.common import messaging
from cloudkitty.common import rpc
from cloudkitty.common import rpc_client

if typing.TYPE_CHECKING:
    from cloudkitty.orchestrator import rpc_server

LOG = log.getLogger(__name__)


def make_client(conf: cfg.ConfigOpts) -> rpc.Client:
    """Return an API's client.

    Over ``fake://`` no other process can hear it: the server is started
    together with it, in each process that asks for the first time.
    """
    if not messaging.embedded(conf):
        return rpc_client.BusClient(conf)
    return rpc_client.BusClient(conf, lambda: serve(conf))


def serve(conf: cfg.ConfigOpts) -> "rpc_server.Server":
    """Serve in threads from now on; return what ends it.

    :raises cloudkitty.common.rpc.Unavailable: if that is not possible.
    """
    # Late: it is some MiB that other APIs do not need.
    from cloudkitty.orchestrator import rpc_server

    try:
        server = rpc_server.Server(
            rpc_server.build(conf, ck_clock.SystemClock())
        )
        server.start()
    except exceptions.CloudKittyError as error:
        LOG.error("rpc is not served: %(error)s", {"error": error})
        raise rpc.Unavailable from error
    return server
