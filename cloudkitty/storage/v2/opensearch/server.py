# SPDX-License-Identifier: Apache-2.0
"""Requests to the server, with retries, limits and typed errors."""

import collections.abc
import decimal
import json
import re
import typing
import urllib.parse

import tenacity
from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common.http import client
from cloudkitty.common.http import errors
from cloudkitty.storage import base
from cloudkitty.storage.v2.opensearch import product as products

#: Attempts of one request.
ATTEMPTS = 5
#: Seconds before the second attempt; doubled after each.
FIRST_DELAY = 0.2
#: The server is overloaded, restarts or has no master at the moment.
_TEMPORARY = frozenset({429, 502, 503, 504})
#: Characters that are shown of the reason of a refusal.
_REASON = 200
#: What follows in a reason may be text of a tenant.
_VALUES = re.compile(r"( in document with id|\. Preview of field)")

Body = dict[str, typing.Any]


class Refused(base.StorageError):
    """The server answered with an error.

    :ivar status: HTTP status.
    :ivar temporary: a later attempt may succeed.
    """

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status
        self.temporary = status in _TEMPORARY


class Unreachable(base.StorageError):
    """There was no complete answer."""


class TooLarge(base.StorageError):
    """The answer has more bytes than ``max_response_size``."""


class Server:
    """Sends requests for one index.

    :param conf: the service's options.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: for an invalid
        option.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, product: products.Product
    ) -> None:
        options = conf[product.group]
        self.product = product
        self.index: str = options.index_name
        self.path = urllib.parse.quote(self.index, safe="")
        self._seconds: float = options.timeout
        try:
            self._client = client.Client(
                options.host,
                client.Limits(options.timeout, options.max_response_size),
                user=options.username,
                password=options.password,
                cafile=options.cafile,
                insecure=options.insecure,
            )
        except ValueError:
            # The URL may contain a password, so it is not repeated.
            raise exceptions.InvalidConfiguration(
                f"[{product.group}] host is not an HTTP URL"
            ) from None
        except OSError as error:
            raise exceptions.InvalidConfiguration(
                f"[{product.group}] cafile: {error.strerror or 'not readable'}"
            ) from None
        #: For messages.
        self.name = f"{product.name} at {self._client.server}"

    def of_index(
        self,
        method: str,
        action: str,
        body: Body | bytes | None = None,
        **parameters: str | int,
    ) -> Body:
        """Send a request for the index.

        :param action: path behind the index, such as ``_search``.
        """
        path = f"{self.path}/{action}" if action else self.path
        return self.ask(method, path, body, **parameters)

    def ask(
        self,
        method: str,
        path: str,
        body: Body | bytes | None = None,
        **parameters: str | int,
    ) -> Body:
        """Send a request until it is answered; return the JSON object.

        Numbers with a fraction are Decimals. All requests of this driver
        may be repeated: a document that exists already is recognised.

        :param body: JSON, or bytes of newline-delimited JSON.
        :raises Refused: for an error of the server.
        :raises Unreachable: without a complete answer.
        :raises TooLarge: beyond the limit of bytes.
        """
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_retriable),
            stop=tenacity.stop_after_attempt(ATTEMPTS)
            | tenacity.stop_after_delay(self._seconds or float("inf")),
            wait=tenacity.wait_exponential_jitter(FIRST_DELAY, 5, 2, 0.1),
            reraise=True,
        )
        return attempts(self._ask, method, path, body, parameters)

    def _ask(
        self,
        method: str,
        path: str,
        body: Body | bytes | None,
        parameters: collections.abc.Mapping[str, str | int],
    ) -> Body:
        sent: dict[str, typing.Any] = {}
        if isinstance(body, bytes):
            headers = {"Content-Type": "application/x-ndjson"}
            sent = {"body": body, "headers": headers}
        elif body is not None:
            sent = {"json": body}
        try:
            with self._client.ask(
                method, path, parameters=parameters, **sent
            ) as answer:
                if answer.status >= 300:
                    raise self._refusal(answer)
                text = b"".join(answer.pieces())
        except errors.TooLarge as error:
            raise TooLarge(f"{self.name} {error}") from error
        except errors.Cancelled as error:
            raise base.StorageError(f"{self.name} {error}") from error
        except errors.HTTPError as error:
            raise Unreachable(f"{self.name} {error}") from error
        return self._decode(text)

    def malformed(self) -> base.StorageError:
        """Return the error for an answer of another form than documented."""
        return base.StorageError(f"{self.name} sent a malformed answer")

    def _decode(self, text: bytes) -> Body:
        try:
            found = json.loads(text, parse_float=decimal.Decimal)
        except (ValueError, RecursionError):
            raise self.malformed() from None
        if not isinstance(found, dict):
            raise self.malformed()
        return found

    def _refusal(self, answer: client.Answer) -> Refused:
        """Return the error for an answer with an error status."""
        status = answer.status
        target = answer.redirect()
        if target is not None:
            cause = f"redirects to {target}, which is not followed"
        elif status in (401, 403):
            cause = f"rejected the credentials ({status})"
        else:
            try:
                found = json.loads(answer.words())
            except (ValueError, RecursionError):
                found = None
            reason = found.get("error") if isinstance(found, dict) else None
            cause = f"refused a request: {describe(reason)} ({status})"
        return Refused(f"{self.name} {cause}", status)


def describe(error: typing.Any) -> str:
    """Return type and reason of an error object, without values."""
    if not isinstance(error, dict):
        return "unknown error"
    cause = error
    while isinstance(cause.get("caused_by"), dict):
        cause = cause["caused_by"]
    words = [str(error.get("type")), str(error.get("reason"))]
    if cause is not error and "field" not in words[1]:
        words.append(str(cause.get("reason")))
    words = [_VALUES.split(word, maxsplit=1)[0][:_REASON] for word in words]
    return ": ".join(words)


def _retriable(error: BaseException) -> bool:
    if isinstance(error, Refused):
        return error.temporary
    return isinstance(error, Unreachable)
