# SPDX-License-Identifier: Apache-2.0
"""Serve Keystone on a free port of 127.0.0.1: a program of the tests.

It prints its port before it loads Keystone, so that its parent can enter the
address in the catalogue while Keystone loads. ``OS_KEYSTONE_CONFIG_FILES``
names its configuration.
"""

import socketserver
from wsgiref import simple_server


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    """One thread a request."""

    daemon_threads = True


class Handler(simple_server.WSGIRequestHandler):
    """Without a line on stderr for each request."""

    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    from keystone.wsgi import api

    server.set_app(api.application)
    server.serve_forever()


if __name__ == "__main__":
    main()
