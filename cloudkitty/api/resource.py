# SPDX-License-Identifier: Apache-2.0
"""The pecan controllers of this API: one ``Resource`` for each path.

pecan's own ``RestController`` routes by attribute names, moves the query
into arguments and lets a query parameter change the method. A Resource does
none of that, so that what a path and a method mean stands in one class and
every path answers 404, 405, HEAD and OPTIONS the same way.
"""

import collections.abc
import functools
import typing

import pecan
import pecan.routing

from cloudkitty.api import errors
from cloudkitty.api import render

#: In the order in which ``Allow`` names them; HEAD and OPTIONS come by
#: themselves.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Handler = collections.abc.Callable[..., typing.Any]
#: The decoded segments of a path that follow a controller's own.
Segments = collections.abc.Sequence[str]
#: The controller below and the segments left for it; None for 404.
Below = tuple[object, Segments] | None


def answers_json(handler: Handler) -> Handler:
    """Expose a method of a Resource; its result is sent as JSON.

    The result is of a type that ``render.text`` takes. Set another status or
    a header on ``pecan.response``.
    """

    @functools.wraps(handler)
    def answer(self: typing.Any) -> bytes:
        return render.text(handler(self)).encode("ascii")

    # pecan reads the signature through wrappers; this is the one it calls.
    del answer.__wrapped__
    return pecan.expose(content_type="application/json")(answer)


def answers_nothing(handler: Handler) -> Handler:
    """Expose a method of a Resource that answers 204 without a body."""

    @functools.wraps(handler)
    def answer(self: typing.Any) -> bytes:
        handler(self)
        pecan.response.status = 204
        return b""

    del answer.__wrapped__
    return pecan.expose(content_type="application/json")(answer)


class Resource:
    """What is at one path.

    A subclass has a method ``get``, ``post``, ``put``, ``patch``, ``delete``
    (without arguments, decorated with ``answers_json``) for each HTTP method
    it takes, and ``child`` if there are paths below it.
    """

    def child(self, segments: Segments) -> Below:
        """Return the controller below and the segments left for it.

        :param segments: what follows in the path, decoded; at least one. A
            server that does not hand the raw path on makes two segments of
            an id with a slash: a last id is best ``"/".join(segments)``.
        :returns: None for 404.
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
        # The whole way at once: pecan would inspect each class on it again.
        while isinstance(found, Resource):
            # One trailing slash is no segment.
            if segments and not segments[-1]:
                segments.pop()
            if not segments:
                return found._handler(request.method), []
            found, segments = found._step(segments)
        return pecan.routing.lookup_controller(found, segments, request)

    def _step(self, segments: list[str]) -> tuple[object, list[str]]:
        found = self.child(segments)
        if found is None:
            raise errors.NotFound(errors.PATH_UNKNOWN, errors.NOTHING_THERE)
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
