# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy that holds one chosen request back.

A test can suspend the client in the middle of a write.
"""

import contextlib
import http.server
import threading

import fixtures
import requests

_SECONDS = 300


class HoldingProxy(fixtures.Fixture):
    """Forwards all requests to a server, and holds one of them.

    :param url: of the server.
    :param path: end of the path of the held request.
    :ivar port: where it listens.
    :ivar held: set while a request is held.
    """

    def __init__(self, url: str, path: str) -> None:
        super().__init__()
        self._url = url
        self._path = path
        self._left = 0
        self._before = False
        self._lock = threading.Lock()
        self._released = threading.Event()
        self.held = threading.Event()
        self.port = 0

    def _setUp(self) -> None:
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_request(self) -> None:
                proxy._serve(self)

            def handle(self) -> None:
                # The client was killed.
                with contextlib.suppress(ConnectionError):
                    super().handle()

            do_GET = do_POST = do_PUT = do_DELETE = handle_request

            def log_message(self, *_arguments: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.addCleanup(self._released.set)

    def hold(self, number: int, *, before: bool) -> None:
        """Hold the n-th request from now on.

        :param before: hold it before it is forwarded; otherwise hold the
            answer of the server.
        """
        with self._lock:
            self._left, self._before = number, before

    def release(self) -> None:
        """Let the held request go on."""
        self._released.set()

    def _chosen(self, path: str) -> bool:
        if not path.partition("?")[0].endswith(self._path):
            return False
        with self._lock:
            self._left -= 1
            return self._left == 0

    def _wait(self) -> None:
        self.held.set()
        self._released.wait(_SECONDS)

    def _serve(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        size = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(size)
        chosen = self._chosen(handler.path)
        if chosen and self._before:
            self._wait()
        headers = {
            name: value
            for name, value in handler.headers.items()
            if name.lower() in ("content-type", "authorization")
        }
        answer = requests.request(
            handler.command,
            self._url + handler.path,
            data=body,
            headers=headers,
            timeout=_SECONDS,
        )
        if chosen and not self._before:
            self._wait()
        handler.send_response(answer.status_code)
        kind = answer.headers.get("Content-Type", "application/json")
        handler.send_header("Content-Type", kind)
        if answer.status_code != 204:
            handler.send_header("Content-Length", str(len(answer.content)))
        handler.end_headers()
        handler.wfile.write(answer.content)
