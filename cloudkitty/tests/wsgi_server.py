# SPDX-License-Identifier: Apache-2.0
"""Serve a WSGI application, for the tests.

``python -m cloudkitty.tests.wsgi_server MODULE [ADDRESS PORT]``, by default on
a free port of 127.0.0.1, prints its port before it loads ``application`` of
the module, so that its parent can enter the address in a catalogue while the
application loads. The environment names the application's configuration.
"""

import importlib
import socketserver
import sys
from wsgiref import simple_server


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    """One thread a request."""

    daemon_threads = True
    request_queue_size = 64


class Handler(simple_server.WSGIRequestHandler):
    """Without a line on stderr for each request."""

    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    module, *where = sys.argv[1:]
    # The command line is not that of the application.
    del sys.argv[1:]
    address, port = where or ("127.0.0.1", "0")
    server = Server((address, int(port)), Handler)
    print(server.server_port, flush=True)
    server.set_app(importlib.import_module(module).application)
    server.serve_forever()


if __name__ == "__main__":
    main()
