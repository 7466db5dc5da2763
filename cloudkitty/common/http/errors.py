# SPDX-License-Identifier: Apache-2.0
"""Errors of the exchanges between a driver and its HTTP backend."""

import http.client

import urllib3

from cloudkitty.common import exceptions


class HTTPError(exceptions.CloudKittyError):
    """There is no complete answer.

    The text is a predicate ("did not answer in time") that callers append to
    the server's name. It contains no URL, which may contain a password.
    """


class TooLarge(HTTPError):
    """The answer is too large; a query for less data may succeed."""


class Cancelled(HTTPError):
    """The request was cancelled: ``common.cancellation``."""


class Unreachable(HTTPError):
    """The server refused the connection, or closed it without an answer.

    It may be restarting: a request that changes nothing may be repeated.
    """


def may_pass(err: BaseException | None) -> bool:
    """Return whether the cause of a missing answer may pass in seconds."""
    kinds = urllib3.exceptions
    return isinstance(
        err, kinds.NewConnectionError | kinds.ProtocolError
    ) and not _bad_head(err)


def cause_of(err: BaseException) -> str:
    """Return the text for an error of ``urllib3`` or of a socket."""
    kinds = urllib3.exceptions
    if isinstance(err, kinds.ProxyError):
        return "cannot be reached through the proxy"
    # A connection that was refused is a kind of timeout there.
    if not isinstance(err, kinds.NewConnectionError):
        if isinstance(err, kinds.ConnectTimeoutError):
            return "cannot be reached: timed out"
        if isinstance(err, kinds.TimeoutError | TimeoutError):
            return "did not answer in time"
        if isinstance(err, kinds.SSLError):
            return "cannot be reached: TLS failed"
    if isinstance(err, kinds.DecodeError):
        return "sent an answer that cannot be decompressed"
    reason = _os_reason(err)
    if reason:
        return f"cannot be reached: {reason}"
    if _bad_head(err):
        return "sent HTTP headers that are malformed or too large"
    if isinstance(err, kinds.ProtocolError):
        return "closed the connection before the end of its answer"
    return f"cannot be queried: {type(err).__name__}"


def _bad_head(err: BaseException) -> bool:
    """Return whether the headers of the answer could not be read."""
    bad = http.client.HTTPException
    broken_off = (http.client.IncompleteRead, http.client.RemoteDisconnected)
    return any(
        isinstance(arg, bad) and not isinstance(arg, broken_off)
        for arg in err.args
    )


def _os_reason(err: BaseException | None) -> str | None:
    """Return the operating system's words for a failed connection."""
    seen: set[int] = set()
    while err is not None and id(err) not in seen:
        seen.add(id(err))
        if isinstance(err, OSError) and err.strerror:
            return str(err.strerror)
        inner = (arg for arg in err.args if isinstance(arg, BaseException))
        err = next(inner, None) or err.__cause__ or err.__context__
    return None
