# SPDX-License-Identifier: Apache-2.0
"""What the API asks of processors over the message bus: the interface."""

import collections.abc
import datetime
import decimal
import typing

from cloudkitty.common import exceptions
from cloudkitty.common import scopes as ck_scopes

#: ``{service: [{"desc": {...}, "vol": {"qty": text, "unit": text}}]}``.
Usage = collections.abc.Mapping[
    str, list[collections.abc.Mapping[str, typing.Any]]
]


class Unavailable(exceptions.CloudKittyError):
    """No processor answers on the message bus."""


class InvalidUsage(exceptions.CloudKittyError):
    """What was to be quoted cannot be; the text tells the caller why."""


class Client(typing.Protocol):
    """Talks to processors."""

    def quote(self, usage: Usage) -> decimal.Decimal:
        """Return the price of ``usage`` under the rules in force now.

        :raises InvalidUsage: if it cannot be priced as it is.
        :raises Unavailable: if nobody answers in time.
        """

    def reset_state(
        self,
        scopes: collections.abc.Sequence[ck_scopes.Scope],
        last_processed_at: datetime.datetime,
    ) -> None:
        """Have one processor reset scopes, some time soon.

        :param last_processed_at: aware; beginning of the first period whose
            data are deleted and that is rated again.
        :raises Unavailable: if the message bus does not take the order.
        """

    def module_changed(self, name: str, enabled: bool | None) -> None:
        """Tell all processors of a rating module; they need not listen.

        :param enabled: what it was made; None for a change of its rules.
        :raises Unavailable: if the message bus does not take it.
        """


class Unreachable:
    """A client for those who have no message bus."""

    def quote(self, usage: Usage) -> decimal.Decimal:
        raise Unavailable

    def reset_state(
        self,
        scopes: collections.abc.Sequence[ck_scopes.Scope],
        last_processed_at: datetime.datetime,
    ) -> None:
        raise Unavailable

    def module_changed(self, name: str, enabled: bool | None) -> None:
        raise Unavailable


#: For those who have nobody to ask.
UNREACHABLE: Client = Unreachable()
