# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-api``: a development server on 127.0.0.1.

Production has any WSGI server on ``cloudkitty.wsgi.api:application``.
"""

import collections.abc
import logging
import signal
import socketserver
import sys
import threading
import typing
from wsgiref import simple_server

from oslo_config import cfg

from cloudkitty.api import app
from cloudkitty.cli import command
from cloudkitty.orchestrator import embedded

LOG = logging.getLogger(__name__)

HOST = "127.0.0.1"
#: Bytes of a body that nobody has read, read at the end: a connection that is
#: closed before may take the answer with it.
_DRAIN = 1024 * 1024
#: Seconds that a client may be silent.
_SILENCE = 60

PORT = cfg.PortOpt(
    "port", help="Port to listen on; without it that of [api] port."
)


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT.

    :param argv: command line without the program's name.
    :returns: 1 if the configuration cannot work.
    """
    return command.run("cloudkitty-api", argv, _serve, [PORT])


def _serve(conf: cfg.ConfigOpts) -> int:
    application = app.load(conf, rpc=embedded.make_client(conf))
    port = conf.port or conf.api.port
    try:
        server = make_server(application, port)
    except OSError as error:
        sys.stderr.write(f"cloudkitty-api: port {port}: {error.strerror}\n")
        return 1
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: _end(server))
    # The one line that tells whoever started it by hand where it is.
    sys.stderr.write(
        f"cloudkitty-api listens on http://{HOST}:{server.server_port}/\n"
    )
    with server:
        server.serve_forever(poll_interval=0.1)
    return 0


def make_server(
    application: typing.Any, port: int
) -> simple_server.WSGIServer:
    """Return a server that listens; ``serve_forever`` answers.

    :param port: 0 for any that is free.
    """
    server = _Server((HOST, port), _Handler)
    server.set_app(application)
    return server


def _end(server: simple_server.WSGIServer) -> None:
    # shutdown() waits for the loop that this signal has interrupted.
    threading.Thread(target=server.shutdown, daemon=True).start()


class _Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    """One thread a request; none of them keeps the process alive."""

    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        # Without HTTPServer's look-up of the host's name, which may take
        # long where no name server answers.
        socketserver.TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), port
        self.setup_environ()

    def handle_error(
        self, request: typing.Any, client_address: object
    ) -> None:
        # The application answers for its own failures: what comes here are
        # clients that are gone or silent.
        LOG.info("connection lost why=%(why)r", {"why": sys.exc_info()[1]})


class _Handler(simple_server.WSGIRequestHandler):
    """One request of a connection."""

    # With it "Expect: 100-continue" is understood.
    protocol_version = "HTTP/1.1"
    timeout = _SILENCE

    def get_environ(self) -> dict[str, typing.Any]:
        environ = super().get_environ()
        # wsgiref keeps the decoded path only; see api.wsgi_path.
        environ["REQUEST_URI"] = self.path
        if "content-length" not in self.headers:
            # wsgiref has "" then; no body is what it means.
            environ.pop("CONTENT_LENGTH", None)
        if "content-type" not in self.headers:
            # wsgiref has "text/plain" then.
            environ.pop("CONTENT_TYPE", None)
        return environ

    def handle(self) -> None:
        super().handle()
        self._drain()

    def _drain(self) -> None:
        try:
            length = int(self.headers.get("content-length", 0))
            unread = min(length, _DRAIN)
            self.connection.settimeout(1)
            while unread > 0 and (piece := self.rfile.read1(unread)):
                unread -= len(piece)
        except (AttributeError, OSError, ValueError):
            # No request at all, a length that is none, or nothing comes.
            return

    def log_message(self, format: str, *args: typing.Any) -> None:
        LOG.info("request %(line)s", {"line": format % args})
