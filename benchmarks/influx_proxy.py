# SPDX-License-Identifier: Apache-2.0
"""Stands between upstream and an InfluxDB 1.x, and mends one statement.

The released upstream deletes with times that have no zone, which InfluxQL
refuses, so it cannot reprocess on that server. Here the times of a DELETE get
the zone that is missing on their way; all else passes as it is.
"""

import http.client
import http.server
import re
import socket
import threading
import typing
import urllib.parse

from benchmarks import settings as ck_settings

_NAIVE = re.compile(r"'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)'")
_DELETE = re.compile(r"\s*delete\b", re.IGNORECASE)
_HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length"})


def mend_statement(statement: str) -> str:
    """Return InfluxQL with zones at the times of a DELETE."""
    if not _DELETE.match(statement):
        return statement
    return _NAIVE.sub(r"'\1Z'", statement)


def mend_query(query: str) -> str:
    """Return a query string, or a form, with its statement mended."""
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    mended = [
        (name, mend_statement(value) if name == "q" else value)
        for name, value in pairs
    ]
    # What needs no mending is not even written anew.
    return query if mended == pairs else urllib.parse.urlencode(mended)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Proxy"

    def setup(self) -> None:
        super().setup()
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._behind = http.client.HTTPConnection(
            ck_settings.HOST, self.server.behind, timeout=600
        )

    def finish(self) -> None:
        super().finish()
        self._behind.close()

    def _pass(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path, mark, query = self.path.partition("?")
        if path == "/query":
            query = mend_query(query)
            kind = self.headers.get("Content-Type") or ""
            if kind.startswith("application/x-www-form-urlencoded"):
                body = mend_query(body.decode()).encode()
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in _HOP_BY_HOP
        }
        self._behind.request(
            self.command, path + mark + query, body=body, headers=headers
        )
        answer = self._behind.getresponse()
        self._send(answer, answer.read())

    def _send(self, answer: http.client.HTTPResponse, text: bytes) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_HEAD = _pass

    def log_message(self, *_: typing.Any) -> None:
        """Say nothing."""


class Proxy(http.server.ThreadingHTTPServer):
    """The proxy; a context manager that serves from a thread.

    :param behind: port of the InfluxDB.
    """

    daemon_threads = True

    def __init__(self, behind: int) -> None:
        super().__init__((ck_settings.HOST, 0), _Handler)
        self.behind = behind
        self.port = self.server_port
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)

    def __enter__(self) -> typing.Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
