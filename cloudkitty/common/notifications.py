# SPDX-License-Identifier: Apache-2.0
"""Notifications to other services, by oslo.messaging; off by default."""

import collections.abc
import os
import queue
import threading
import typing

from oslo_config import cfg
from oslo_log import log

from cloudkitty.common import log_fields
from cloudkitty.common import messaging

LOG = log.getLogger(__name__)

#: Notifications that wait for a message bus that is down; more are dropped.
MOST_WAITING = 20_000
#: How long the end of a process waits for the last ones to be sent.
FLUSH_SECONDS = 2

Payload = collections.abc.Mapping[str, typing.Any]


class Sender(typing.Protocol):
    """The interface used of ``oslo_messaging.Notifier``."""

    def info(
        self, ctxt: dict[str, str], event_type: str, payload: Payload
    ) -> None: ...


class Notifications:
    """Sends in a separate thread, so that no caller waits for the bus.

    Each notification is sent at most once, after the commit of the change.
    One that cannot be delivered is lost; clients can GET the task instead.

    :param make_sender: called in that thread, at the first notification;
        None disables notifications.
    """

    def __init__(
        self, make_sender: collections.abc.Callable[[], Sender] | None
    ) -> None:
        self._make_sender = make_sender
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._queue: queue.Queue[tuple[str, Payload] | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    @property
    def enabled(self) -> bool:
        """Whether notifications are sent."""
        return self._make_sender is not None

    def send(self, event_type: str, payload: Payload) -> None:
        """Have a notification sent; never waits and never fails."""
        if self._make_sender is None:
            return
        self._ensure_thread(self._make_sender)
        try:
            self._queue.put_nowait((event_type, payload))
        except queue.Full:
            LOG.warning(
                *log_fields.event(
                    "notification dropped, too many are queued",
                    event_type=event_type,
                    count=MOST_WAITING,
                )
            )

    def close(self) -> None:
        """Send the queued notifications, within a short time."""
        thread = self._thread
        if thread is None or self._owner != os.getpid():
            return
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            return
        thread.join(FLUSH_SECONDS)
        self._thread = None

    def _ensure_thread(
        self, make_sender: collections.abc.Callable[[], Sender]
    ) -> None:
        with self._lock:
            # Neither threads nor connections survive the fork of a server.
            if self._thread is not None and self._owner == os.getpid():
                return
            self._owner = os.getpid()
            self._queue = queue.Queue(MOST_WAITING)
            self._thread = threading.Thread(
                target=_run,
                args=(self._queue, make_sender),
                name="notifications",
                daemon=True,
            )
            self._thread.start()


#: Disabled notifications.
SILENT = Notifications(None)


def make(conf: cfg.ConfigOpts) -> Notifications:
    """Return the sender that ``[oslo_messaging_notifications]`` configures.

    Without a ``driver``, which is the default, nothing is sent.
    """
    drivers = messaging.peek(
        conf,
        cfg.MultiStrOpt("driver", default=[]),
        "oslo_messaging_notifications",
    )
    if not any(drivers):
        return Notifications(None)
    oslo_messaging = messaging.load(conf)

    def make_sender() -> Sender:
        return oslo_messaging.Notifier(
            oslo_messaging.get_notification_transport(conf),
            publisher_id=f"rating.{conf.host}",
        )

    # A transport that cannot be is found at the start.
    oslo_messaging.get_notification_transport(conf).cleanup()
    return Notifications(make_sender)


def _run(
    waiting: "queue.Queue[tuple[str, Payload] | None]",
    make_sender: collections.abc.Callable[[], Sender],
) -> None:
    sender: Sender | None = None
    while (notification := waiting.get()) is not None:
        event_type, payload = notification
        try:
            sender = sender or make_sender()
            sender.info({}, event_type, payload)
        # A message bus fails in many ways, of many libraries.
        except Exception as error:
            LOG.warning(
                *log_fields.event(
                    "notification lost",
                    event_type=event_type,
                    error=type(error).__name__,
                ),
            )
