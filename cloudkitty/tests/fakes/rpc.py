# SPDX-License-Identifier: Apache-2.0
"""A processor that answers at once."""

import decimal

from cloudkitty.common import rpc
from cloudkitty.orchestrator.rpc import reset_queue
from cloudkitty.tasks import governance


class FakeRpc:
    """Records its calls.

    :param price: the answer to each quote.
    :param error: raised by every call instead, if given; also settable.
    :ivar quoted: the usage of each quote.
    :ivar resets: (list of scopes, date) of each reset.
    :ivar changes: (name, enabled) of each module change.
    """

    def __init__(
        self,
        price: decimal.Decimal = decimal.Decimal(0),
        error: Exception | None = None,
    ) -> None:
        self.price = price
        self.error = error
        self.quoted = []
        self.resets = []
        self.changes = []

    def quote(self, usage):
        self._fail()
        self.quoted.append(usage)
        return self.price

    def reset_state(self, scopes, last_processed_at):
        self._fail()
        self.resets.append((list(scopes), last_processed_at))

    def module_changed(self, name, enabled):
        self._fail()
        self.changes.append((name, enabled))

    def _fail(self):
        if self.error is not None:
            raise self.error


class ProcessorRpc(FakeRpc):
    """Resets scopes at once, as a processor does it some time later.

    :param services: of the API it is for.
    """

    def __init__(self, services):
        super().__init__()
        self._services = services

    def reset_state(self, scopes, last_processed_at):
        super().reset_state(scopes, last_processed_at)
        for scope in scopes:
            reset_queue.reset(
                self._services.database,
                self._services.storage,
                scope,
                last_processed_at,
                self._services.conf.collect.period,
                governance.Rules.of(self._services.conf),
            )


def unavailable():
    """Return a client whose calls get no reply."""
    return FakeRpc(error=rpc.Unavailable())
