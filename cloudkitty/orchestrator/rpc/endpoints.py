# SPDX-License-Identifier: Apache-2.0
"""RPC methods of processors; names and arguments are upstream's."""

import collections.abc
import datetime
import decimal
import typing

import oslo_messaging
from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import exc

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.common import money
from cloudkitty.common import rpc
from cloudkitty.common import scopes
from cloudkitty.common.rpc import client as rpc_client
from cloudkitty.orchestrator.rpc import quotes
from cloudkitty.orchestrator.rpc import reset_queue
from cloudkitty.rating import loader as rating_loader

LOG = log.getLogger(__name__)

Context = collections.abc.Mapping[str, object]
Data = collections.abc.Mapping[str, typing.Any]


class RatingEndpoint:
    """Prices usage; receives notices of changed rating modules.

    Rules and module states are read from the database for each unit of
    work, so a notice requires no action.

    :param load_chain: returns the enabled modules.
    :param clock: source of the time at which rules must be valid.
    :param period_seconds: ``[collect] period``.
    """

    # Upstream's API sends reload_modules as version 1.1, although its
    # processors reject it.
    target = oslo_messaging.Target(namespace=rpc_client.RATING, version="1.1")

    def __init__(
        self,
        load_chain: collections.abc.Callable[[], rating_loader.Chain],
        clock: ck_clock.Clock,
        period_seconds: int,
    ) -> None:
        self._load_chain = load_chain
        self._clock = clock
        self._period_seconds = period_seconds

    @oslo_messaging.expected_exceptions(rpc.InvalidUsage, rpc.Unavailable)
    def quote(self, context: Context, res_data: Data) -> str:
        """Return the price as text.

        :raises cloudkitty.common.rpc.InvalidUsage: for errors of the caller.
        :raises cloudkitty.common.rpc.Unavailable: for errors of the service.
        """
        if not isinstance(res_data, dict):
            raise rpc.InvalidUsage("res_data is no object")
        try:
            chain = self._load_chain()
        except (
            exceptions.CloudKittyError,
            db_exception.DBError,
            exc.SQLAlchemyError,
        ) as error:
            LOG.error(
                *log_fields.event(
                    "quote failed",
                    error=type(error).__name__,
                ),
            )
            raise rpc.Unavailable from error
        total: decimal.Decimal = quotes.price(
            res_data.get("usage"),
            chain,
            self._clock.now(),
            self._period_seconds,
        )
        return money.text(total)

    def reload_module(self, context: Context, name: str) -> None:
        """Accept the notice that the rules of a module have changed."""
        _heard("rules changed", name)

    def reload_modules(self, context: Context) -> None:
        """Accept the request to reload all modules."""
        _heard("reload asked for", "*")

    def enable_module(self, context: Context, name: str) -> None:
        """Accept the notice that a module was enabled."""
        _heard("enabled", name)

    def disable_module(self, context: Context, name: str) -> None:
        """Accept the notice that a module was disabled."""
        _heard("disabled", name)


class ScopeEndpoint:
    """Resets scopes.

    :param resets: executes the orders.
    """

    # Upstream's API sends version 1.0.
    target = oslo_messaging.Target(version=rpc_client.RESET_VERSION)

    def __init__(self, resets: reset_queue.Resets) -> None:
        self._resets = resets

    def reset_state(self, context: Context, res_data: Data) -> None:
        """Add the reset orders; they are executed after this returns."""
        try:
            begin = _time(res_data["last_processed_timestamp"])
            found = [_scope(one) for one in res_data["scopes"]]
        except (AttributeError, KeyError, TypeError, ValueError):
            # A cast has no reply, so the error is only logged.
            LOG.error("scope reset refused: the order cannot be read")
            return
        LOG.info(
            *log_fields.event(
                "scope reset ordered",
                scopes=len(found),
                begin=begin,
            ),
        )
        self._resets.add(found, begin)


def _heard(what: str, name: str) -> None:
    LOG.debug(
        *log_fields.event("rating module notice", state=what, module=name)
    )


def _time(text: str) -> datetime.datetime:
    at = datetime.datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=datetime.UTC)
    return at.astimezone(datetime.UTC)


def _scope(given: Data) -> scopes.Scope:
    identifier = given["scope_id"]
    if not isinstance(identifier, str):
        raise TypeError("scope_id")
    return scopes.Scope(
        identifier=identifier,
        scope_key=given.get("scope_key") or "",
        fetcher=given.get("fetcher") or "",
        collector=given.get("collector") or "",
    )
