# SPDX-License-Identifier: Apache-2.0
"""Query a backend over HTTP, within limits of time and size."""

import collections.abc
import contextlib
import dataclasses
import typing
import urllib.parse

import urllib3

from cloudkitty.common import cancellation
from cloudkitty.common.http import connections
from cloudkitty.common.http import errors
from cloudkitty.common.http import exchange

#: Bytes that are read at once.
_PIECE = 1 << 20
#: Bytes that are read of the body of an error.
_WORDS = 1 << 16
#: Header that names where a redirect leads.
_LOCATION = "Location"


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one exchange.

    :param seconds: from the first attempt to connect to the last byte of the
        answer; 0: unlimited.
    :param size: bytes of the answer's body after decompression.
    """

    seconds: float
    size: int


class Answer:
    """An answer whose body is still to be read.

    :ivar status: HTTP status.
    """

    def __init__(
        self,
        response: urllib3.BaseHTTPResponse,
        open_exchange: exchange.Exchange,
        limits: Limits,
    ) -> None:
        self.status: int = response.status
        self._response = response
        self._exchange = open_exchange
        self._limits = limits

    def pieces(self) -> collections.abc.Iterator[bytes]:
        """Yield the body, decompressed, a piece at a time.

        :raises errors.TooLarge: beyond the limit of bytes.
        :raises errors.HTTPError: if it does not end in time, or well.
        """
        size = 0
        for piece in self._read():
            size += len(piece)
            if size > self._limits.size:
                raise errors.TooLarge(
                    f"answered more than {self._limits.size} bytes "
                    "(max_response_size)"
                )
            yield piece

    def words(self) -> bytes:
        """Return the beginning of the body: for answers that are errors.

        :raises errors.HTTPError: if it does not end in time, or well.
        """
        found = b""
        for piece in self._read():
            found += piece
            if len(found) >= _WORDS:
                break
        return found[:_WORDS]

    def redirect(self) -> str | None:
        """Return the target host; None if the answer is no redirect.

        Redirects are never followed: they could send the credentials to
        another host.
        """
        if not 300 <= self.status < 400:
            return None
        try:
            target = urllib.parse.urlsplit(self._response.headers[_LOCATION])
            return target.hostname or "itself"
        except (KeyError, ValueError):
            return "an unknown place"

    def _read(self) -> collections.abc.Iterator[bytes]:
        while True:
            try:
                piece = self._response.read(_PIECE, decode_content=True)
            except (urllib3.exceptions.HTTPError, OSError) as err:
                raise _failure(self._exchange, err, self._limits) from None
            # A connection that was shut down reads like an end.
            if self._exchange.ended:
                raise _failure(self._exchange, None, self._limits)
            if not piece:
                return
            yield piece


class Client:
    """HTTP client for one server; thread-safe.

    :param url: prefix of all paths.
    :param user: for basic authentication; ``user`` and ``password`` take
        precedence over credentials in the URL.
    :param headers: of every request, besides those of ``ask``.
    :param cafile: certificates to trust.
    :param insecure: trust every certificate; ``cafile`` takes precedence.
    :param certfile: certificate of this client.
    :param keyfile: its key, if it is not in the same file.
    :param kept: connections that are kept open.
    :raises ValueError: if the URL is invalid.
    """

    def __init__(
        self,
        url: str,
        limits: Limits,
        *,
        user: str | None = None,
        password: str | None = None,
        headers: collections.abc.Mapping[str, str] | None = None,
        cafile: str | None = None,
        insecure: bool = False,
        certfile: str | None = None,
        keyfile: str | None = None,
        kept: int = connections.KEPT,
    ) -> None:
        self._url = url.rstrip("/")
        #: ``host:port``, for messages.
        self.server = _server(url)
        self._limits = limits
        self._headers = _credentials(url, user, password) | dict(headers or {})
        self._pool = connections.make_pool(
            url,
            headers=self._headers,
            cafile=cafile,
            insecure=insecure,
            certfile=certfile,
            keyfile=keyfile,
            kept=kept,
        )

    @contextlib.contextmanager
    def ask(
        self,
        method: str,
        path: str,
        *,
        parameters: collections.abc.Mapping[str, str | float] | None = None,
        **sent: typing.Any,
    ) -> collections.abc.Iterator[Answer]:
        """Send a request, and give the answer while the block runs.

        The deadline holds for the whole block, and so does the
        ``cancellation.current`` one.

        :param path: behind the URL.
        :param parameters: of the query; valid Unicode.
        :param sent: ``body``, ``json`` and ``headers`` of
            ``urllib3.PoolManager.request``.
        :raises errors.HTTPError: if there is no answer.
        :raises UnicodeEncodeError: for a parameter that is not Unicode.
        """
        url = f"{self._url}/{path}"
        if parameters:
            url = f"{url}?{urllib.parse.urlencode(parameters)}"
        if "headers" in sent:
            sent["headers"] = self._headers | sent["headers"]
        cancelling = cancellation.current() or cancellation.Cancellation()
        with (
            exchange.Exchange(self._limits.seconds or None) as opened,
            cancelling.ending(opened.cancel),
        ):
            response = self._send(opened, method, url, sent)
            try:
                yield Answer(response, opened, self._limits)
            finally:
                # No effect on an answer that was read to its end: its
                # connection is back in the pool. The rest is not read.
                response.close()

    def _send(
        self,
        opened: exchange.Exchange,
        method: str,
        url: str,
        sent: dict[str, typing.Any],
    ) -> urllib3.BaseHTTPResponse:
        token = exchange.current.set(opened)
        try:
            return self._pool.request(
                method,
                url,
                redirect=False,
                preload_content=False,
                timeout=opened.remaining(),
                **sent,
            )
        except (urllib3.exceptions.HTTPError, OSError) as err:
            # Not chained: the original's text shows the whole URL.
            raise _failure(opened, err, None) from None
        finally:
            exchange.current.reset(token)


def _failure(
    opened: exchange.Exchange,
    err: BaseException | None,
    limits: Limits | None,
) -> errors.HTTPError:
    """Return the error of an exchange that failed or was ended.

    :param limits: if the answer had begun.
    """
    if opened.cancelled:
        return errors.Cancelled(
            "did not answer before the request was cancelled"
        )
    timed_out = isinstance(
        err, urllib3.exceptions.TimeoutError | TimeoutError
    ) and not isinstance(err, urllib3.exceptions.NewConnectionError)
    if limits and (opened.late or timed_out):
        return errors.HTTPError(
            f"did not complete its answer within {limits.seconds:g} s "
            "(timeout)"
        )
    connecting = isinstance(err, urllib3.exceptions.ConnectTimeoutError)
    if opened.late and not connecting:
        return errors.HTTPError("did not answer in time")
    text = errors.cause_of(err or TimeoutError())
    if limits is None and errors.may_pass(err):
        return errors.Unreachable(text)
    return errors.HTTPError(text)


def _server(url: str) -> str:
    """Return ``host:port`` of a URL.

    :raises ValueError: if it is not an HTTP URL.
    """
    parts = urllib.parse.urlsplit(url)
    host, port = parts.hostname, parts.port
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("not an HTTP URL")
    return f"{host}:{port}" if port else host


def _credentials(
    url: str, user: str | None, password: str | None
) -> dict[str, str]:
    """Return the header of HTTP's basic authentication, if there is any."""
    if not (user and password):
        parts = urllib.parse.urlsplit(url)
        user = urllib.parse.unquote(parts.username or "")
        password = urllib.parse.unquote(parts.password or "")
    if not (user and password):
        return {}
    return dict(urllib3.make_headers(basic_auth=f"{user}:{password}"))
