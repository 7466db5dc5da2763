# SPDX-License-Identifier: Apache-2.0
"""Interface of the API's calls to processors over the message bus."""

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


class Unanswered(Unavailable):
    """The bus accepted the message; no processor answered in time."""


class ResetUnsupported(exceptions.CloudKittyError):
    """A processor of CloudKitty 25 received the reset.

    It has not executed it, because it would delete the period that begins at
    the date and not rate it again.
    """

    def __init__(self) -> None:
        super().__init__(
            "a processor of CloudKitty 25 received the request and did not "
            "execute it: it would delete the period that begins at the date "
            "and not rate it again. Send a reprocess task instead, or repeat "
            "the request while only processors of this release run"
        )


class InvalidUsage(exceptions.CloudKittyError):
    """The usage cannot be priced; the text gives the caller the reason."""


class Client(typing.Protocol):
    """Calls methods of processors."""

    def quote(self, usage: Usage) -> decimal.Decimal:
        """Return the price of ``usage`` under the rules in force now.

        :raises InvalidUsage: if the usage cannot be priced.
        :raises Unavailable: if no processor answers in time.
        """

    def reset_state(
        self,
        scopes: collections.abc.Sequence[ck_scopes.Scope],
        last_processed_at: datetime.datetime,
    ) -> None:
        """Have one processor reset scopes, some time soon.

        :param last_processed_at: aware; beginning of the first period whose
            data are deleted and that is rated again.
        :raises ResetUnsupported: if a processor of CloudKitty 25 received
            it, which would not rate that period again. It did nothing.
        :raises Unavailable: if the message bus does not accept the request.
        """

    def module_changed(self, name: str, enabled: bool | None) -> None:
        """Notify all processors of a change of a rating module.

        :param enabled: the new state; None if its rules changed.
        :raises Unavailable: if the message bus does not accept it.
        """


class Unreachable:
    """A client without a message bus; all calls fail."""

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


#: A client without a message bus.
UNREACHABLE: Client = Unreachable()
