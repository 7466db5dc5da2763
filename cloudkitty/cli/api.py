# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-api``: a development server on 127.0.0.1.

SIGHUP reads the mutable options again, SIGUSR1 and SIGUSR2 write a report.

In production, run ``cloudkitty.wsgi.api:application`` in a WSGI server.
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
from cloudkitty.common import log_fields
from cloudkitty.common import reports
from cloudkitty.orchestrator import reloading
from cloudkitty.orchestrator.rpc import embedded

LOG = logging.getLogger(__name__)

PROGRAM = "cloudkitty-api"
HOST = "127.0.0.1"
#: Maximum number of unread bytes of a body that are read after the response:
#: closing the connection before may discard the response.
_DRAIN = 1024 * 1024
#: Timeout in seconds of reads from a client.
_SILENCE = 60

PORT = cfg.PortOpt(
    "port", help="Port to listen on. [api] port if it is not set."
)


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT.

    :param argv: command line without the program's name.
    :returns: 1 if the configuration is invalid.
    """
    return command.run(PROGRAM, argv, _serve, [PORT])


def _serve(conf: cfg.ConfigOpts) -> int:
    application = app.load(conf, rpc=embedded.make_client(conf))
    port = conf.port or conf.api.port
    try:
        server = make_server(application, port)
    except OSError as error:
        sys.stderr.write(f"{PROGRAM}: port {port}: {error.strerror}\n")
        return 1
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: _end(server))
    signal.signal(signal.SIGHUP, lambda *_: reloading.reload(conf))
    reports.install(conf, PROGRAM)
    # For an operator who starts the server manually.
    sys.stderr.write(
        f"{PROGRAM} listens on http://{HOST}:{server.server_port}/\n"
    )
    with server:
        server.serve_forever(poll_interval=0.1)
    return 0


def make_server(
    application: typing.Any, port: int
) -> simple_server.WSGIServer:
    """Return a listening server; ``serve_forever`` serves its requests.

    :param port: 0 selects a free port.
    """
    server = _Server((HOST, port), _Handler)
    server.set_app(application)
    return server


def _end(server: simple_server.WSGIServer) -> None:
    # shutdown() waits for the loop that the signal has interrupted.
    threading.Thread(target=server.shutdown, daemon=True).start()


class _Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    """A server with one daemon thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        # Skip HTTPServer's look-up of the host name, which may take long
        # without a name server.
        socketserver.TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), port
        self.setup_environ()

    def handle_error(
        self, request: typing.Any, client_address: object
    ) -> None:
        # The application handles its own failures. Errors here are closed
        # connections and timeouts.
        LOG.info(
            *log_fields.event(
                "connection lost",
                error=sys.exc_info()[1],
            )
        )


class _Handler(simple_server.WSGIRequestHandler):
    """Handler of one request of a connection."""

    # Required for "Expect: 100-continue".
    protocol_version = "HTTP/1.1"
    timeout = _SILENCE

    def get_environ(self) -> dict[str, typing.Any]:
        environ = super().get_environ()
        # wsgiref passes only the decoded path; see api.wsgi_path.
        environ["REQUEST_URI"] = self.path
        if "content-length" not in self.headers:
            # wsgiref sets "" if the header is missing: there is no body.
            environ.pop("CONTENT_LENGTH", None)
        if "content-type" not in self.headers:
            # wsgiref sets "text/plain" if the header is missing.
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
            # There is no request, the length is invalid, or the read failed.
            return

    def log_message(self, format: str, *args: typing.Any) -> None:
        LOG.info(*log_fields.event("request", line=format % args))
