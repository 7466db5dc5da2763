# SPDX-License-Identifier: Apache-2.0
"""An HTTP server on 127.0.0.1 that misbehaves as a test tells it to."""

import collections
import dataclasses
import http.server
import json
import os
import socket
import struct
import threading
import typing
import urllib.parse

import fixtures


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the server does with one request.

    :param status: HTTP status.
    :param body: text, or something that becomes JSON.
    :param fault: ``reset`` closes the connection hard, ``truncate`` after
        half of the body, ``stall`` answers only when the test is over.
    """

    body: typing.Any = ""
    status: int = 200
    fault: str = ""


@dataclasses.dataclass(frozen=True)
class Request:
    """What was asked."""

    path: str
    parameters: dict[str, str]
    authorization: str | None


class StubServer(fixtures.Fixture):
    """Gives the scripted answers in turn, the last one for ever.

    ``url`` is its address; ``requests`` what was asked so far.
    """

    def __init__(self, *answers: Answer) -> None:
        super().__init__()
        self._answers = collections.deque(answers)
        self._over = threading.Event()
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
                    )
                )
                stub._play(self, stub._next())

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
        body = answer.body
        if not isinstance(body, str):
            body = json.dumps(body)
        sent = body.encode()
        handler.send_response(answer.status)
        handler.send_header("Content-Length", str(len(sent)))
        handler.end_headers()
        if answer.fault == "truncate":
            sent = sent[: len(sent) // 2]
        handler.wfile.write(sent)


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
