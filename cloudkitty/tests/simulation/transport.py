# SPDX-License-Identifier: Apache-2.0
"""A Prometheus in memory, under the real HTTP client of the collector.

It takes the place of ``urllib3``'s connections, so URLs, parsing and the
wording of errors are the real ones.
"""

import collections.abc
import errno
import io
import json
import os
import re
import typing
import urllib.parse

import urllib3

from cloudkitty.tests import http_stub

#: Scope and metric in a query as ``collector.prometheus.query`` builds it.
_SELECTOR = re.compile(r'(\w+)\{project_id="((?:[^"\\]|\\.)*)"\}')
#: Series of the fault ``many-series``; a stand-in for 10^5.
MANY = 120
#: Faults after which the collector has no answer that counts.
UNUSABLE = frozenset(
    {
        "refused",
        "reset",
        "timeout",
        "executed-then-timeout",
        "429",
        "500",
        "truncated-json",
        "not-json",
        "warned-partial",
        "drip",
        "endless",
        "bomb",
        "redirect",
        "nan",
        "inf",
    }
)
#: Of one period only: those before it count.
BAD_PERIOD = frozenset({"nan", "inf"})

Series = dict[str, typing.Any]


class Query(typing.NamedTuple):
    """A range query; ``starts`` are the periods' beginnings, Unix time."""

    metric: str
    scope_id: str
    starts: tuple[int, ...]


def parse(url: str) -> Query:
    """Parse the URL of a range query."""
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    found = _SELECTOR.search(asked["query"])
    step = int(asked["step"])
    ends = range(int(asked["start"]), int(asked["end"]) + 1, step)
    return Query(
        found[1],
        json.loads(f'"{found[2]}"'),
        tuple(end - step for end in ends),
    )


def answer(
    query: Query,
    quantities: collections.abc.Mapping[tuple[str, int], str],
    step: int,
) -> list[Series]:
    """Return Prometheus' series.

    :param quantities: (resource, period's beginning) to a quantity.
    """
    series: dict[str, list[typing.Any]] = {}
    for (resource, start), quantity in sorted(quantities.items()):
        series.setdefault(resource, []).append([start + step, quantity])
    return [
        {
            "metric": {"project_id": query.scope_id, "resource": resource},
            "values": values,
        }
        for resource, values in series.items()
    ]


def respond(series: list[Series], kind: str | None) -> urllib3.HTTPResponse:
    """Return the response, or raise as ``urllib3`` does.

    :param kind: of ``faults.COLLECTOR``, those that are HTTP's; None for
        none.
    """
    if kind in _FAILURES:
        raise _FAILURES[kind]()
    if kind in _ANSWERS:
        return _response(*_ANSWERS[kind]())
    body = {
        "status": "success",
        "data": {"resultType": "matrix", "result": series},
    }
    if kind == "warned-partial":
        body["warnings"] = ["a store could not be asked"]
    text = json.dumps(body).encode()
    if kind == "truncated-json":
        text = text[: len(text) // 2]
    return _response(200, text)


#: Connection named by the errors; it is never opened.
_CONNECTION = urllib3.connection.HTTPConnection("localhost")
_POOL = urllib3.HTTPConnectionPool("localhost")


class Drip(io.RawIOBase):
    """A body that arrives too late."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: typing.Any) -> int:
        raise TimeoutError("timed out")


def _response(
    status: int,
    body: bytes | io.RawIOBase,
    headers: dict[str, str] | None = None,
) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(
        body=io.BytesIO(body) if isinstance(body, bytes) else body,
        status=status,
        headers=headers,
        preload_content=False,
    )


def _reason(number: int) -> tuple[int, str]:
    return number, os.strerror(number)


def _refused() -> Exception:
    error = urllib3.exceptions.NewConnectionError(_CONNECTION, "no connection")
    error.__cause__ = ConnectionRefusedError(*_reason(errno.ECONNREFUSED))
    return error


def _reset() -> Exception:
    return urllib3.exceptions.ProtocolError(
        "aborted", ConnectionResetError(*_reason(errno.ECONNRESET))
    )


def _timeout() -> Exception:
    return urllib3.exceptions.ReadTimeoutError(_POOL, "/", "read timed out")


#: Kind -> exception of ``urllib3``,
_FAILURES: dict[str | None, collections.abc.Callable[[], Exception]] = {
    "refused": _refused,
    "reset": _reset,
    "timeout": _timeout,
    "executed-then-timeout": _timeout,
}
#: and to status, body and headers of an answer that is not the right one.
_ANSWERS: dict[str | None, collections.abc.Callable[[], typing.Any]] = {
    "429": lambda: (429, b"slow down"),
    "500": lambda: (500, b"Internal Server Error"),
    "not-json": lambda: (200, b"<html>welcome</html>"),
    "drip": lambda: (200, Drip()),
    "endless": lambda: (200, http_stub.Endless()),
    "bomb": lambda: (200, http_stub.BOMB, http_stub.GZIP),
    "redirect": lambda: (302, b"", {"Location": http_stub.ELSEWHERE}),
}


def first_bad(
    quantities: collections.abc.Mapping[tuple[str, int], str],
) -> int:
    """Return the beginning of the first period without a usable quantity."""
    return min(
        start
        for (_, start), text in quantities.items()
        if text in ("NaN", "+Inf")
    )
