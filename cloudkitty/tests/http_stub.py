# SPDX-License-Identifier: Apache-2.0
"""An HTTP server on 127.0.0.1 with faults that a test chooses."""

import collections
import collections.abc
import dataclasses
import gzip
import http.server
import io
import itertools
import json
import os
import socket
import struct
import threading
import typing
import urllib.parse

import fixtures

#: Where a redirect leads; only its host may be seen in an error.
ELSEWHERE = "http://me:secret@169.254.169.254/latest"
GZIP = {"Content-Encoding": "gzip"}
#: Some kilobytes that become 64 MiB.
BOMB = gzip.compress(b" " * (64 << 20), 9)
#: Seconds between two bytes of a slow body.
DRIP = 0.05


@dataclasses.dataclass(frozen=True)
class Answer:
    """Reaction of the server to one request.

    :param status: HTTP status.
    :param body: text, or an object that is encoded as JSON.
    :param fault: ``reset`` closes the connection hard, ``truncate`` after
        half of the body, ``stall`` answers only when the test is over; a
        key of ``FLOODS`` sends that; ``redirect`` leads to ``ELSEWHERE``,
        ``bomb`` sends ``BOMB``.
    """

    body: typing.Any = ""
    status: int = 200
    fault: str = ""


@dataclasses.dataclass(frozen=True)
class Request:
    """One query; ``headers`` are those of the message, ``body`` its text."""

    path: str
    parameters: dict[str, str]
    authorization: str | None
    body: str = ""
    method: str = "GET"
    headers: typing.Any = None
    query: str = ""


class StubServer(fixtures.Fixture):
    """Gives the scripted answers in turn, the last one for ever.

    ``url`` is its address; ``requests`` what was asked so far; ``ended`` is
    set when a client has gone away in the middle of a flood.
    """

    def __init__(self, *answers: Answer) -> None:
        super().__init__()
        self._answers = collections.deque(answers)
        self._over = threading.Event()
        self.ended = threading.Event()
        self.requests: list[Request] = []
        self.url = ""

    def script(self, *answers: Answer) -> None:
        """Replace the answers still to come."""
        self._answers = collections.deque(answers)

    def _setUp(self) -> None:
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), self._handler()
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        # Cleanups run last in, first out.
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addCleanup(self._over.set)
        self.url = f"http://127.0.0.1:{server.server_port}"

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urllib.parse.urlsplit(self.path)
                stub.requests.append(
                    Request(
                        parts.path,
                        dict(urllib.parse.parse_qsl(parts.query)),
                        self.headers["Authorization"],
                        self._body(),
                        self.command,
                        self.headers,
                        parts.query,
                    )
                )
                stub._play(self, stub._next())

            do_DELETE = do_PATCH = do_POST = do_PUT = do_GET

            def _body(self) -> str:
                length = int(self.headers["Content-Length"] or 0)
                return self.rfile.read(length).decode()

            def log_message(self, *args: object) -> None:
                """Keep the tests' output clean."""

        return Handler

    def _next(self) -> Answer:
        if len(self._answers) > 1:
            return self._answers.popleft()
        return self._answers[0]

    def _play(
        self, handler: http.server.BaseHTTPRequestHandler, answer: Answer
    ) -> None:
        handler.close_connection = True
        if answer.fault == "stall":
            self._over.wait()
            return
        if answer.fault == "reset":
            handler.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            # The server itself would say goodbye before it closes.
            os.close(handler.connection.detach())
            return
        sent = _text_of(answer)
        if answer.fault in FLOODS:
            self._flood(handler, FLOODS[answer.fault](sent))
            return
        headers: dict[str, str] = {}
        status = answer.status
        if answer.fault == "bomb":
            sent, headers = BOMB, GZIP
        if answer.fault == "redirect":
            status, headers = 302, {"Location": ELSEWHERE}
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(sent)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if answer.fault == "truncate":
            sent = sent[: len(sent) // 2]
        handler.wfile.write(sent)

    def _flood(
        self,
        handler: http.server.BaseHTTPRequestHandler,
        pieces: collections.abc.Iterator[tuple[float, bytes]],
    ) -> None:
        """Send pieces, each after some seconds, until the client is gone."""
        for seconds, piece in pieces:
            if self._over.wait(seconds):
                return
            try:
                handler.connection.sendall(piece)
            except OSError:
                self.ended.set()
                return


class Endless(io.RawIOBase):
    """A body without an end: spaces, which JSON may begin with."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: typing.Any) -> int:
        buffer[:] = b" " * len(buffer)
        return len(buffer)


_HEAD = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_Pieces = collections.abc.Iterator[tuple[float, bytes]]


def _drip(head: bytes, body: bytes) -> _Pieces:
    yield 0, head
    for byte in body:
        yield DRIP, bytes([byte])


def _drip_body(sent: bytes) -> _Pieces:
    length = b"Content-Length: %d\r\n\r\n" % len(sent)
    return _drip(_HEAD + length, sent)


def _drip_to_the_end(sent: bytes) -> _Pieces:
    # Its end is the connection's: a shut connection must not look like it.
    return _drip(_HEAD + b"\r\n" + sent, b" " * 10_000)


def _drip_head(sent: bytes) -> _Pieces:
    return _drip(b"", _HEAD + b"X: " + b"x" * 10_000)


def _repeat(first: bytes, again: bytes, seconds: float = 0) -> _Pieces:
    yield 0, first
    yield from itertools.repeat((seconds, again))


_CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
#: Answers that do not come to their end in time, or at all.
FLOODS: dict[str, collections.abc.Callable[[bytes], _Pieces]] = {
    "drip": _drip_body,
    "drip-to-the-end": _drip_to_the_end,
    "drip-head": _drip_head,
    "endless": lambda sent: _repeat(_CHUNKED, _CHUNK),
    "tiny-chunks": lambda sent: _repeat(_CHUNKED, b"1\r\n \r\n", DRIP),
    "trailers": lambda sent: _repeat(_CHUNKED + b"0\r\n", b"X: y\r\n"),
    "continue": lambda sent: _repeat(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "huge-header": lambda sent: _repeat(_HEAD + b"X: ", b"x" * 0x10000),
    "many-headers": lambda sent: _repeat(_HEAD, b"X: y\r\n"),
}


def _text_of(answer: Answer) -> bytes:
    body = answer.body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def matrix(*series: dict[str, typing.Any], **more: typing.Any) -> Answer:
    """Return Prometheus' answer to a range query."""
    return _success("matrix", series, more)


def vector(*series: dict[str, typing.Any], **more: typing.Any) -> Answer:
    """Return Prometheus' answer to an instant query."""
    return _success("vector", series, more)


def _success(
    kind: str,
    series: tuple[dict[str, typing.Any], ...],
    more: dict[str, typing.Any],
) -> Answer:
    data = {"resultType": kind, "result": list(series)}
    return Answer({"status": "success", "data": data, **more})
