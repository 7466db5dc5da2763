# SPDX-License-Identifier: Apache-2.0
"""Client of processors over oslo.messaging, including upstream's."""

import collections.abc
import datetime
import decimal
import functools
import itertools
import os
import threading
import typing

from oslo_config import cfg
from oslo_log import log

from cloudkitty.common import log_fields
from cloudkitty.common import messaging
from cloudkitty.common import money
from cloudkitty.common import scopes as ck_scopes
from cloudkitty.common.rpc import interface as rpc

LOG = log.getLogger(__name__)

T = typing.TypeVar("T")

#: Topic of the processors, and the version of their interface.
TOPIC = "cloudkitty"
VERSION = "1.0"
#: Version of ``reset_state`` whose date is that of the next rated period.
#: Processors of CloudKitty 25 have 1.0: they delete the period at the date
#: and do not rate it again. They refuse 1.1.
RESET_VERSION = "1.1"
#: Namespace of all methods but ``reset_state``.
RATING = "rating"
#: Class name of a server's refusal of a version: only resets have another one.
_UNSUPPORTED = "UnsupportedVersion"
#: A topic without consumers: a message to it establishes a connection.
_NOWHERE = "cloudkitty.nowhere"

#: Seconds that a request waits for the message bus to accept a message.
SEND_SECONDS = 5
#: Seconds in which a processor confirms a reset that it will execute.
CONFIRM_SECONDS = 5
#: Requests that wait at once; more are refused: the bus is down then.
MOST_WAITING = 32
#: Scopes in one message.
CHUNK = 1000


class BusClient:
    """An ``rpc.Client``; used by many threads, and after a fork.

    :param conf: the service's options.
    :param prepare: called in each process before it speaks for the first
        time; ``fake://`` is served in the process that speaks.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        prepare: collections.abc.Callable[[], object] | None = None,
    ) -> None:
        self._conf = conf
        self._prepare = prepare
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._client: typing.Any = None
        self._library: typing.Any = None
        self._transport: typing.Any = None
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)

    def quote(self, usage: rpc.Usage) -> decimal.Decimal:
        client = self._get_client()
        seconds = SEND_SECONDS + self._conf.rpc_response_timeout
        context = client.prepare(
            namespace=RATING, transport_options=self._heard()
        )
        answer = self._bounded(
            functools.partial(
                context.call,
                {},
                "quote",
                res_data={"usage": plain(usage)},
            ),
            seconds,
        )
        try:
            # A price that cannot be stored is invalid too.
            return money.storable(decimal.Decimal(answer))
        except (decimal.InvalidOperation, TypeError, ValueError):
            raise rpc.Unavailable("a processor returned no price") from None

    def reset_state(
        self,
        scopes: collections.abc.Sequence[ck_scopes.Scope],
        last_processed_at: datetime.datetime,
    ) -> None:
        context = self._get_client().prepare(
            version=RESET_VERSION,
            timeout=CONFIRM_SECONDS,
            transport_options=self._heard(),
        )
        orders = _orders(scopes, last_processed_at)
        for order in orders:
            try:
                self._bounded(
                    functools.partial(context.call, {}, **order),
                    SEND_SECONDS + CONFIRM_SECONDS,
                )
            except rpc.Unanswered:
                # The bus keeps all that are left for the next processor. The
                # reset is idempotent.
                self._cast(context, itertools.chain((order,), orders))

    def hand_on_reset(
        self,
        scopes: collections.abc.Sequence[ck_scopes.Scope],
        last_processed_at: datetime.datetime,
    ) -> None:
        """Send a reset to the next processor without a confirmation.

        :raises cloudkitty.common.rpc.Unavailable: as ``reset_state``.
        """
        context = self._get_client().prepare(
            version=RESET_VERSION, transport_options=self._heard()
        )
        self._cast(context, _orders(scopes, last_processed_at))

    def _cast(
        self,
        context: typing.Any,
        orders: collections.abc.Iterable[dict[str, typing.Any]],
    ) -> None:
        for order in orders:
            self._bounded(
                functools.partial(context.cast, {}, **order), SEND_SECONDS
            )

    def module_changed(self, name: str, enabled: bool | None) -> None:
        method = "reload_module"
        if enabled is not None:
            method = "enable_module" if enabled else "disable_module"
        context = self._get_client().prepare(namespace=RATING, fanout=True)
        self._bounded(
            functools.partial(context.cast, {}, method, name=name),
            SEND_SECONDS,
        )

    def close(self) -> None:
        """Close the connections; later calls open new ones."""
        with self._lock:
            if self._owner == os.getpid():
                self._transport.cleanup()
            self._owner = None

    def _get_client(self) -> typing.Any:
        """Return the client of this process: connections end with a fork."""
        with self._lock:
            if self._owner != os.getpid():
                self._client = self._make_client()
                self._owner = os.getpid()
            return self._client

    def _make_client(self) -> typing.Any:
        if self._prepare is not None:
            self._prepare()
        self._library = library = messaging.load(self._conf)
        self._transport = library.get_rpc_transport(
            self._conf, allowed_remote_exmods=[rpc.__name__]
        )
        return library.get_rpc_client(
            self._transport,
            library.Target(topic=TOPIC, version=VERSION),
            retry=1,
        )

    def _heard(self) -> typing.Any:
        """Return the option to fail where no queue takes a message."""
        return self._library.TransportOptions(at_least_once=True)

    def _bounded(
        self, send: collections.abc.Callable[[], T], seconds: float
    ) -> T:
        """Return what ``send`` returns, within ``seconds``.

        The library retries the connection forever while the bus is down. A
        message that timed out is not sent when the bus is back.

        :raises cloudkitty.common.rpc.Unavailable: if it takes longer.
        """
        if not self._waiting.acquire(blocking=False):
            raise rpc.Unavailable("the message bus does not answer")
        attempt = _Attempt(self._connect, send)

        def run() -> None:
            try:
                attempt.run()
            finally:
                self._waiting.release()

        threading.Thread(target=run, name="rpc", daemon=True).start()
        return typing.cast("T", self._result(attempt, seconds))

    def _connect(self) -> None:
        """Establish a connection, without a time limit."""
        # The in-memory bus has no connection, and would keep the message.
        if not messaging.embedded(self._conf):
            self._client.prepare(topic=_NOWHERE).cast({}, "connect")

    def _result(self, attempt: "_Attempt", seconds: float) -> object:
        if not attempt.wait(seconds):
            raise rpc.Unavailable("the message bus does not answer")
        if attempt.error is None:
            return attempt.result
        if isinstance(attempt.error, rpc.InvalidUsage):
            # The class is one made on the spot that shows a traceback.
            raise rpc.InvalidUsage(str(attempt.error.args[0])) from None
        if getattr(attempt.error, "exc_type", None) == _UNSUPPORTED:
            raise rpc.ResetUnsupported from attempt.error
        LOG.warning(
            *log_fields.event(
                "no answer on the message bus",
                error=type(attempt.error).__name__,
            ),
        )
        if isinstance(attempt.error, self._library.MessagingTimeout):
            raise rpc.Unanswered from attempt.error
        raise rpc.Unavailable from attempt.error


class _Attempt:
    """Sends something in a thread, unless it was given up by then.

    :param connect: returns once there is a connection.
    """

    def __init__(
        self,
        connect: collections.abc.Callable[[], None],
        send: collections.abc.Callable[[], object],
    ) -> None:
        self._connect = connect
        self._send = send
        self._lock = threading.Lock()
        self._given_up = False
        self._begun = False
        self._done = threading.Event()
        self.result: object = None
        self.error: Exception | None = None

    def wait(self, seconds: float) -> bool:
        """Return whether it is done in time; otherwise cancel it."""
        if self._done.wait(SEND_SECONDS):
            return True
        with self._lock:
            if not self._begun:
                self._given_up = True
                return False
        return self._done.wait(seconds - SEND_SECONDS)

    def run(self) -> None:
        """Connect, then send."""
        try:
            self._connect()
            with self._lock:
                if self._given_up:
                    return
                self._begun = True
            self.result = self._send()
        # A message bus raises errors of many libraries. The caller reads
        # ``error``.
        except Exception as error:
            self.error = error
        finally:
            self._done.set()


def _orders(
    scopes: collections.abc.Sequence[ck_scopes.Scope],
    last_processed_at: datetime.datetime,
) -> collections.abc.Iterator[dict[str, typing.Any]]:
    """Return the arguments of the messages of one reset."""
    for start in range(0, len(scopes), CHUNK):
        chunk = [_scope(one) for one in scopes[start : start + CHUNK]]
        yield {
            "method": "reset_state",
            "res_data": {
                "scopes": chunk,
                "last_processed_timestamp": last_processed_at.isoformat(),
            },
        }


def plain(value: typing.Any) -> typing.Any:
    """Return ``value`` with decimals as text, as every processor reads."""
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, collections.abc.Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _scope(scope: ck_scopes.Scope) -> dict[str, str | None]:
    return {
        "scope_id": scope.identifier,
        # An empty key is sent as null.
        "scope_key": scope.scope_key or None,
        "fetcher": scope.fetcher or None,
        "collector": scope.collector or None,
    }
