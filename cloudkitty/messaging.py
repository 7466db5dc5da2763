# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: the message bus of plugins."""

import typing

from cloudkitty.common import messaging
from cloudkitty.compat import process


def get_target() -> typing.Any:
    """Return the target of the processors: topic ``cloudkitty``, 1.0."""
    from cloudkitty.common.rpc import client

    library = messaging.load(process.conf())
    return library.Target(topic=client.TOPIC, version=client.VERSION)


def get_client(
    version_cap: str | None = None,
) -> typing.Any:
    """Return an RPC client of the processors."""
    library = messaging.load(process.conf())
    return library.get_rpc_client(
        library.get_rpc_transport(process.conf()),
        get_target(),
        version_cap=version_cap,
    )


def get_server(
    target: typing.Any = None, endpoints: typing.Any = None
) -> typing.Any:
    """Return an RPC server that has not been started.

    :param target: with ``server``; by default that of this host.
    """
    library = messaging.load(process.conf())
    if target is None:
        target = get_target()(server=process.conf().host)
    return library.get_rpc_server(
        library.get_rpc_transport(process.conf()),
        target,
        endpoints or [],
        executor="threading",
    )
