# SPDX-License-Identifier: Apache-2.0
"""A Prometheus in memory, under the real HTTP client of the collector.

It takes the place of ``urllib3``'s connections, so URLs, parsing and the
wording of errors are the real ones.
"""

import collections.abc
import errno
import io
import json
import math
import os
import re
import typing
import urllib.parse

import urllib3

from cloudkitty.tests import http_stub

#: Metric and scopes in a query as ``collector.prometheus.query`` builds it:
#: one scope, or a regular expression of several literal ones.
_SELECTOR = re.compile(r'(\w+)\{project_id=(~?)"((?:[^"\\]|\\.)*)"\}')
#: One literal alternative of such an expression.
_ALTERNATIVE = re.compile(r"(?:[^\\|]|\\.)+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
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
#: Of one period of one scope only: the periods before it count, and all
#: those of the other scopes of the request.
BAD_PERIOD = frozenset({"nan", "inf"})

Series = dict[str, typing.Any]
#: (resource, beginning of the period) to quantity.
Quantities = dict[tuple[str, int], str]
#: The quantities of each scope of a query.
Found = dict[str, Quantities]


class Query(typing.NamedTuple):
    """A range query; ``starts`` are the periods' beginnings, Unix time."""

    metric: str
    scope_ids: tuple[str, ...]
    starts: tuple[int, ...]


def parse(url: str, body: str | bytes | None = None) -> Query:
    """Parse a range query.

    :param url: has the parameters, unless they are in the body.
    :param body: a form; None for a request without one.
    """
    form = body or urllib.parse.urlsplit(url).query
    text = form.decode() if isinstance(form, bytes) else form
    asked = dict(urllib.parse.parse_qsl(text))
    found = _SELECTOR.search(asked["query"])
    if found is None:
        raise ValueError(f"not a query of scopes: {asked['query']}")
    step = int(float(asked["step"]))
    first, last = (int(float(asked[name])) for name in ("start", "end"))
    ends = range(first, last + 1, step)
    value = json.loads(f'"{found[3]}"')
    return Query(
        found[1],
        _literals(value) if found[2] else (value,),
        tuple(end - step for end in ends),
    )


def _literals(expression: str) -> tuple[str, ...]:
    """Return the scopes that an expression matches."""
    return tuple(
        _ESCAPED.sub(r"\1", each) for each in _ALTERNATIVE.findall(expression)
    )


def answer(found: Found, step: int) -> list[Series]:
    """Return Prometheus' series, grouped by scope.

    :param found: scope to (resource, period's beginning) to a quantity.
    """
    series: dict[tuple[str, str], list[typing.Any]] = {}
    for scope_id, quantities in found.items():
        for (resource, start), quantity in sorted(quantities.items()):
            series.setdefault((scope_id, resource), []).append(
                [start + step, quantity]
            )
    return [
        {
            "metric": {"project_id": scope_id, "resource": resource},
            "values": values,
        }
        for (scope_id, resource), values in series.items()
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


def first_bad(quantities: Quantities) -> float:
    """Return the beginning of the first period with an unusable quantity.

    Infinity if all are usable.
    """
    return min(
        (
            start
            for (_, start), text in quantities.items()
            if text in ("NaN", "+Inf")
        ),
        default=math.inf,
    )
