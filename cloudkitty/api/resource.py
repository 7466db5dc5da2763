# SPDX-License-Identifier: Apache-2.0
"""The pecan controllers of this API: one ``Resource`` for each path.

pecan's ``RestController`` routes by attribute names, converts the query to
arguments and lets a query parameter change the method. A Resource does none
of these: one class defines a path with its methods, and every path handles
404, 405, HEAD and OPTIONS in the same way.
"""

import collections.abc
import functools
import typing

import pecan
import pecan.routing

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import render
from cloudkitty.api.request import conditional

#: Methods in the order of ``Allow``; HEAD and OPTIONS are added.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Handler = collections.abc.Callable[..., typing.Any]
#: The decoded segments of a path that follow a controller's own.
Segments = collections.abc.Sequence[str]
#: The controller below and the segments left for it; None for 404.
Below = tuple[object, Segments] | None


class Empty(typing.TypedDict):
    """The response ``{}``: the request was accepted."""


def answers_json(handler: Handler) -> Handler:
    """Expose a method of a Resource; its result is sent as JSON.

    The result has a type that ``render.text`` supports. Its annotation is the
    schema of the response in the OpenAPI document: a WSME type, a TypedDict,
    or lists and unions of them. Annotate JSON text with the type that it
    contains: ``typing.Annotated[fast_types.Rendered, Type]``. Set another
    status or a header on ``pecan.response``. ``conditional.NotModified`` is
    sent as 304.
    """

    @functools.wraps(handler)
    def answer(self: typing.Any) -> bytes:
        try:
            return render.text(handler(self)).encode("ascii")
        except conditional.NotModified:
            pecan.response.status = 304
            return b""

    # pecan reads the signature through wrappers; this is the one it calls.
    del answer.__wrapped__
    return pecan.expose(content_type="application/json")(answer)


def answers_nothing(handler: Handler) -> Handler:
    """Expose a method of a Resource that returns 204 without a body."""

    @functools.wraps(handler)
    def answer(self: typing.Any) -> bytes:
        handler(self)
        pecan.response.status = 204
        return b""

    del answer.__wrapped__
    return pecan.expose(content_type="application/json")(answer)


class Resource:
    """The resource at one path.

    A subclass has a method ``get``, ``post``, ``put``, ``patch`` or
    ``delete`` (without arguments, decorated with ``answers_json``) for each
    HTTP method that it supports, and ``child`` if it has paths below it.
    """

    def child(self, segments: Segments) -> Below:
        """Return the controller below and the segments left for it.

        :param segments: the remaining segments of the path, decoded; at
            least one. A server that does not pass the raw path splits an id
            with a slash: use ``"/".join(segments)`` for an id at the end.
        :returns: ``None`` if the path does not exist (404).
        """
        return None

    def allowed_methods(self) -> list[str]:
        """Return the methods of this path, for ``Allow``."""
        own = [name for name in METHODS if hasattr(self, name.lower())]
        if "GET" in own:
            own.insert(1, "HEAD")
        return [*own, "OPTIONS"]

    @pecan.expose()
    def _route(
        self, remainder: Segments, request: pecan.Request
    ) -> tuple[object, Segments]:
        found: object = self
        segments = list(remainder)
        # Route the whole path here: pecan would inspect every class again.
        while isinstance(found, Resource):
            # Ignore one trailing slash.
            if segments and not segments[-1]:
                segments.pop()
            if not segments:
                return found._handler(request.method), []
            found, segments = found._step(segments)
        return pecan.routing.lookup_controller(found, segments, request)

    def _step(self, segments: list[str]) -> tuple[object, list[str]]:
        found = self.child(segments)
        if found is None:
            raise errors.NotFound(
                error_codes.PATH_UNKNOWN, errors.PATH_UNKNOWN_DETAIL
            )
        controller, rest = found
        return controller, list(rest)

    def _handler(self, method: str) -> Handler:
        method = "GET" if method == "HEAD" else method
        if method == "OPTIONS":
            return self._options
        if method not in self.allowed_methods():
            raise errors.MethodNotAllowed(method, self.allowed_methods())
        handler: Handler = getattr(self, method.lower())
        return handler

    @pecan.expose(content_type="application/json")
    def _options(self) -> None:
        pecan.response.headers["Allow"] = ", ".join(self.allowed_methods())


class Parent(Resource):
    """A path that has paths below it and no methods.

    :param below: controllers by the next segment of the path.
    """

    def __init__(self, below: collections.abc.Mapping[str, object]) -> None:
        self._below = below

    def child(self, segments: Segments) -> Below:
        controller = self._below.get(segments[0])
        return None if controller is None else (controller, segments[1:])
