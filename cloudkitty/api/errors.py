# SPDX-License-Identifier: Apache-2.0
"""Exceptions that handlers raise; each carries a published code."""

import collections.abc
import contextlib

from cloudkitty.api import error_codes

#: Detail of a response for a path that does not exist.
PATH_UNKNOWN_DETAIL = (
    "the path does not exist: GET /v1 and GET /v2 list the existing resources"
)


class ApiError(Exception):
    """Base of the errors that handlers raise.

    :param code: a code of ``error_codes``.
    :param detail: the problem and a value to send instead. It is returned to
        the caller: it must not contain secrets, and of the caller's input
        only the result of ``validate.shown``.
    """

    status = 500

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the response."""
        return {}


class BadRequest(ApiError):
    """400: the request is invalid."""

    status = 400


class Forbidden(ApiError):
    """403: the token's user may not do this."""

    status = 403


class NotFound(ApiError):
    """404: the resource does not exist."""

    status = 404


class MethodNotAllowed(ApiError):
    """405: the path does not support the method.

    :param allowed: the supported methods.
    """

    status = 405

    def __init__(
        self, method: str, allowed: collections.abc.Sequence[str]
    ) -> None:
        ways = f"send {', '.join(allowed)}"
        if list(allowed) == ["OPTIONS"]:
            ways = "send a request for a path below it"
        super().__init__(
            error_codes.METHOD_NOT_ALLOWED,
            f"the path does not support {method}: {ways}",
        )
        self.allowed = tuple(allowed)

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


class Conflict(ApiError):
    """409: the state of the resource does not allow the request."""

    status = 409


class TooLarge(ApiError):
    """413: the body is too large."""

    status = 413


class UnsupportedType(ApiError):
    """415: the body has another media type."""

    status = 415


class Unavailable(ApiError):
    """503: a service that this one depends on does not respond."""

    status = 503


#: Class and code of the API error, by class of the domain's error.
Answers = collections.abc.Mapping[type[Exception], tuple[type[ApiError], str]]


@contextlib.contextmanager
def converted(answers: Answers) -> collections.abc.Iterator[None]:
    """Convert errors of the domain to errors of the API.

    :param answers: an error whose class is no key is not converted.
    :raises ApiError: with the message of the domain's error as its detail.
    """
    try:
        yield
    except tuple(answers) as error:
        status, code = answers[type(error)]
        raise status(code, str(error)) from error
