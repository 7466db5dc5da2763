# SPDX-License-Identifier: Apache-2.0
"""A Prometheus with the usage of a whole cloud, made up while it answers.

A program of its own: ``python -m benchmarks.cloud_source SCOPES POINTS``
serves ``/api/v1/query_range`` on a free port of 127.0.0.1, which it prints,
until its standard input ends.

It answers a query of one scope (``project_id="a"``), of a set
(``project_id=~"a|b"``) and of all scopes, grouped by the labels of the query's
``by``. The texts of all series are made at the start and only joined, so that
it uses little of the processor time that is measured.
"""

import asyncio
import functools
import json
import re
import sys
import time
import typing
import urllib.parse

from benchmarks import dataset
from benchmarks import settings as ck_settings

#: Request line and headers that the HTTP server of Prometheus takes (1 MiB),
MOST_HEAD = 1 << 20
#: and the form that it takes (10 MiB).
MOST_FORM = 10 << 20
SCOPE_KEY = "project_id"

_SELECTOR = re.compile(r"\b(?P<metric>instance_up|volume_size_gb)\b")
_MATCHER = re.compile(
    rf'{SCOPE_KEY}\s*(?P<operator>=~|!~|!=|=)\s*"(?P<value>(?:[^"\\]|\\.)*)"'
)
_LABELS = re.compile(r"\bby\s*\((?P<labels>[^)]*)\)")
_RANGE = re.compile(r"\[(?P<seconds>\d+)s\]")
_ALTERNATIVES = re.compile(r"[0-9a-f|]+")


class Refused(Exception):
    """A query that Prometheus would not answer, or that is not known here."""


def labels_of(metric: str, number: int, index: int) -> dict[str, str]:
    """Return the labels of one series of a scope."""
    labels = {SCOPE_KEY: dataset.scope_id(number)}
    if metric == "instance_up":
        labels["instance_id"] = f"i-{number:06d}-{index:03d}"
        labels["flavor"] = _nth(dataset.FLAVORS, index)
    else:
        labels["volume_id"] = f"v-{number:06d}-{index:03d}"
    return labels


def value_of(metric: str, index: int) -> str:
    """Return the value of one series of a scope, at any time."""
    if metric == "instance_up":
        return "1"
    return str(_nth(dataset.SIZES, index))


def _nth(choices: tuple, index: int) -> typing.Any:
    return choices[index % len(choices)]


class Cloud:
    """Answers queries as bytes.

    :param scopes: how many there are.
    :param points: series of each metric and scope.
    """

    def __init__(self, scopes: int, points: int) -> None:
        self._points = points
        self._numbers = {
            dataset.scope_id(number): number for number in range(scopes)
        }
        self._known: dict[tuple[typing.Any, ...], list[list[bytes]]] = {}

    def answer(self, parameters: dict[str, str]) -> bytes:
        """Return the body of the answer to a range query.

        :raises Refused: for a query that has no answer.
        """
        query = parameters.get("query", "")
        metrics = {found["metric"] for found in _SELECTOR.finditer(query)}
        found = _LABELS.findall(query)
        if len(metrics) != 1 or not found or not _RANGE.search(query):
            raise Refused(f"not a query of this source: {query[:200]}")
        (metric,) = metrics
        labels = tuple(name.strip() for name in found[-1].split(","))
        numbers = self._matching(query)
        if len(numbers) > 1 and SCOPE_KEY not in labels:
            raise Refused(f"{len(numbers)} scopes without {SCOPE_KEY} in by")
        start, end, step = (
            float(parameters[name]) for name in ("start", "end", "step")
        )
        values = [
            _values(value_of(metric, index), start, end, step)
            for index in range(self._points)
        ]
        heads = self._heads(metric, labels)
        series = [
            head + value
            for number in numbers
            for head, value in zip(heads[number], values, strict=True)
        ]
        return b"".join(
            (
                b'{"status":"success","data":{"resultType":"matrix",'
                b'"result":[',
                b",".join(series),
                b"]}}",
            )
        )

    def _matching(self, query: str) -> list[int]:
        """Return the scopes that all matchers select, in order."""
        matchers = list(_MATCHER.finditer(query))
        if len(matchers) == 1:
            operator, value = matchers[0]["operator"], matchers[0]["value"]
            plain = _ALTERNATIVES.fullmatch(value)
            if operator == "=" or (operator == "=~" and plain):
                wanted = value.split("|") if operator == "=~" else [value]
                return sorted(
                    self._numbers[one]
                    for one in set(wanted)
                    if one in self._numbers
                )
        tests = [
            _test(found["operator"], found["value"]) for found in matchers
        ]
        return [
            number
            for name, number in self._numbers.items()
            if all(test(name) for test in tests)
        ]

    def _heads(
        self, metric: str, labels: tuple[str, ...]
    ) -> list[list[bytes]]:
        """Return the series of all scopes up to their values."""
        key = metric, labels
        if key not in self._known:
            self._known[key] = [
                [
                    _head(labels_of(metric, number, index), labels)
                    for index in range(self._points)
                ]
                for number in self._numbers.values()
            ]
        return self._known[key]


def _head(labels: dict[str, str], wanted: tuple[str, ...]) -> bytes:
    shown = {name: labels[name] for name in wanted if name in labels}
    text = json.dumps(shown, separators=(",", ":"))
    return f'{{"metric":{text},"values":'.encode()


def _test(operator: str, value: str) -> typing.Callable[[str], bool]:
    """Return whether a scope matches; expressions match the whole."""
    value = value.replace("\\\\", "\\")
    if operator.endswith("~"):
        found = re.compile(value).fullmatch
        wanted = operator == "=~"
        return lambda name: (found(name) is not None) == wanted
    return lambda name: (name == value) == (operator == "=")


@functools.lru_cache(maxsize=64)
def _values(value: str, start: float, end: float, step: float) -> bytes:
    count = int((end - start) // step) + 1
    times = (start + number * step for number in range(count))
    pairs = ",".join(f'[{at:.15g},"{value}"]' for at in times)
    return f"[{pairs}]}}".encode()


class Server:
    """Speaks HTTP/1.1, and counts."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._queries = 0
        self._bytes = 0

    async def serve(self) -> None:
        """Serve until standard input ends."""
        server = await asyncio.start_server(
            self._talk, ck_settings.HOST, 0, limit=MOST_HEAD
        )
        port = server.sockets[0].getsockname()[1]
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        server.close()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while await self._answer_one(reader, writer):
                await writer.drain()
        except (
            ConnectionError,
            asyncio.IncompleteReadError,
            asyncio.CancelledError,
        ):
            pass
        finally:
            writer.close()

    async def _answer_one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; return whether another may follow."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            writer.write(_response(431, b"too large"))
            return False
        line, *fields = head.decode("latin-1").split("\r\n")
        method, target, _ = line.split(" ", 2)
        length = 0
        for field in fields:
            name, _, text = field.partition(":")
            if name.lower() == "content-length":
                length = int(text)
        path, _, form = target.partition("?")
        if length > MOST_FORM:
            writer.write(_response(413, b"too large"))
            return False
        if length:
            form = (await reader.readexactly(length)).decode()
        writer.write(self._respond(path, form))
        return True

    def _respond(self, path: str, form: str) -> bytes:
        if path == "/counters":
            counters = {
                "queries": self._queries,
                "bytes": self._bytes,
                "cpu": time.process_time(),
            }
            return _response(200, json.dumps(counters).encode())
        if path != "/api/v1/query_range":
            return _response(404, b"not here")
        self._queries += 1
        try:
            body = self._cloud.answer(dict(urllib.parse.parse_qsl(form)))
        except (Refused, KeyError, ValueError, re.error) as error:
            said = {"status": "error", "errorType": "bad_data"}
            said["error"] = f"{type(error).__name__}: {error}"
            return _response(400, json.dumps(said).encode())
        self._bytes += len(body)
        return _response(200, body)


def _response(status: int, body: bytes) -> bytes:
    return (
        f"HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def main() -> None:
    """Serve."""
    cloud = Cloud(int(sys.argv[1]), int(sys.argv[2]))
    asyncio.run(Server(cloud).serve())


if __name__ == "__main__":
    main()
