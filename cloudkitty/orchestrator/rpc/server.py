# SPDX-License-Identifier: Apache-2.0
"""The RPC server: in its own process or within an API process."""

import contextlib
import dataclasses
import itertools
import threading
import typing

from oslo_config import cfg
from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.common import messaging
from cloudkitty.common import rpc
from cloudkitty.common.rpc import client as rpc_client
from cloudkitty.db import facade
from cloudkitty.orchestrator import locks
from cloudkitty.orchestrator.rpc import reset_queue
from cloudkitty.rating import loader as rating_loader
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import loader as storage_loader

LOG = log.getLogger(__name__)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parts:
    """Resources of the methods: no collector, no fetcher, no engine."""

    conf: cfg.ConfigOpts
    clock: ck_clock.Clock
    database: facade.Database
    locks: locks.Locks
    storage: storage_base.Storage

    def close(self) -> None:
        """Release locks and connections."""
        self.locks.stop()
        self.storage.close()
        self.database.dispose()


def build(conf: cfg.ConfigOpts, clock: ck_clock.Clock) -> Parts:
    """Build and connect the resources. Call only after a fork.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for invalid
        options; the text names the option.
    """
    database = facade.Database(conf)
    parts = Parts(
        conf=conf,
        clock=clock,
        database=database,
        locks=locks.Locks(conf),
        storage=storage_loader.load(conf, database),
    )
    parts.locks.start()
    return parts


class Server:
    """Listens for requests and executes the ordered resets.

    :param parts: the resources.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stop = threading.Event()
        self._resets = reset_queue.Resets(parts, self._stop)
        self._thread = threading.Thread(
            target=self._resets.run, name="resets", daemon=True
        )
        self._server: typing.Any = None
        self._listening = threading.Event()

    @property
    def listening(self) -> bool:
        """Whether the server has been started and needs to be stopped."""
        return self._listening.is_set()

    def start(self) -> None:
        """Listen; return after the queue exists.

        Waits while the message bus is down.
        """
        from cloudkitty.orchestrator.rpc import endpoints as rpc_endpoints

        parts = self._parts
        library = messaging.load(parts.conf)
        modules = rating_loader.modules(parts.conf)

        def load_chain() -> rating_loader.Chain:
            return rating_loader.load_chain(modules, parts.database, None)

        self._thread.start()
        self._server = library.get_rpc_server(
            library.get_rpc_transport(parts.conf),
            library.Target(
                topic=rpc_client.TOPIC,
                server=parts.conf.host,
            ),
            [
                rpc_endpoints.RatingEndpoint(
                    load_chain, parts.clock, parts.conf.collect.period
                ),
                rpc_endpoints.ScopeEndpoint(self._resets),
            ],
            executor="threading",
        )
        self._server.start()
        self._listening.set()
        LOG.info(
            *log_fields.event(
                "rpc server listens",
                host=parts.conf.host,
            )
        )

    def stop(self) -> None:
        """Stop listening, end the current reset and send back the others.

        Call only if the server is listening.
        """
        self._server.stop()
        self._server.wait()
        self._stop.set()
        self._resets.wake()
        self._thread.join()
        self._hand_on()
        self._parts.close()

    def _hand_on(self) -> None:
        """Send the remaining resets to the bus for another processor."""
        left = self._resets.left()
        if not left:
            return
        LOG.warning(
            *log_fields.event(
                "scope resets handed on",
                count=len(left),
            )
        )
        client = rpc_client.BusClient(self._parts.conf)
        for begin, orders in itertools.groupby(left, lambda one: one.begin):
            with contextlib.suppress(rpc.Unavailable):
                client.hand_on_reset([one.scope for one in orders], begin)
        client.close()
