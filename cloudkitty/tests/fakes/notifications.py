# SPDX-License-Identifier: Apache-2.0
"""Notifications that are only remembered."""

from cloudkitty.common import notifications


class FakeNotifications(notifications.Notifications):
    """Enabled, and sends nothing.

    :ivar sent: (event type, payload) of each, in order.
    """

    def __init__(self) -> None:
        super().__init__(None)
        self.sent: list[tuple[str, notifications.Payload]] = []

    @property
    def enabled(self) -> bool:
        return True

    def send(self, event_type: str, payload: notifications.Payload) -> None:
        self.sent.append((event_type, payload))
