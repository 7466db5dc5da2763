# SPDX-License-Identifier: Apache-2.0
"""The RPC server: in a process of its own, or within an API process."""

import contextlib
import dataclasses
import itertools
import threading
import typing

from oslo_config import cfg
from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import messaging
from cloudkitty.common import rpc
from cloudkitty.common import rpc_client
from cloudkitty.db import facade
from cloudkitty.orchestrator import locks
from cloudkitty.orchestrator import resets as ck_resets
from cloudkitty.rating import loader as rating_loader
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import loader as storage_loader

LOG = log.getLogger(__name__)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parts:
    """What the methods work with: no collector, no fetcher, no engine."""

    conf: cfg.ConfigOpts
    clock: ck_clock.Clock
    database: facade.Database
    locks: locks.Locks
    storage: storage_base.Storage

    def close(self) -> None:
        """Let go of locks and connections."""
        self.locks.stop()
        self.storage.close()
        self.database.dispose()


def build(conf: cfg.ConfigOpts, clock: ck_clock.Clock) -> Parts:
    """Make and connect it all; after a fork, never before.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for options
        that cannot work; the text says which.
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
    """Listens, and works off the resets that are ordered.

    :param parts: what it works with.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stop = threading.Event()
        self._resets = ck_resets.Resets(parts, self._stop)
        self._thread = threading.Thread(
            target=self._resets.run, name="resets", daemon=True
        )
        self._server: typing.Any = None
        self._listening = threading.Event()

    @property
    def listening(self) -> bool:
        """Whether there is anything to stop."""
        return self._listening.is_set()

    def start(self) -> None:
        """Listen; returns once there is a queue.

        A bus that is down is waited for.
        """
        from cloudkitty.orchestrator import rpc_endpoints

        parts = self._parts
        library = messaging.load(parts.conf)
        modules = rating_loader.modules()

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
        LOG.info("rpc server listens host=%(host)s", {"host": parts.conf.host})

    def stop(self) -> None:
        """Take no more orders, end what is at work, hand the rest on.

        Only when it listens.
        """
        self._server.stop()
        self._server.wait()
        self._stop.set()
        self._resets.wake()
        self._thread.join()
        self._hand_on()
        self._parts.close()

    def _hand_on(self) -> None:
        """Give the resets that are not done to whoever is next."""
        left = self._resets.left()
        if not left:
            return
        LOG.warning(
            "scope resets handed on count=%(count)d", {"count": len(left)}
        )
        client = rpc_client.BusClient(self._parts.conf)
        for begin, orders in itertools.groupby(left, lambda one: one.begin):
            with contextlib.suppress(rpc.Unavailable):
                client.reset_state([order.scope for order in orders], begin)
