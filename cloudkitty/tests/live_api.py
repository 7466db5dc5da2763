# SPDX-License-Identifier: Apache-2.0
"""The API on a free port of 127.0.0.1, for tests with real clients."""

import threading

import fixtures

from cloudkitty.cli import api


class LiveApi(fixtures.Fixture):
    """The development server, in a thread.

    :param wsgi: the application.
    :ivar url: its address, without a slash at the end.
    """

    def __init__(self, wsgi) -> None:
        super().__init__()
        self._wsgi = wsgi

    def _setUp(self) -> None:
        server = api.make_server(self._wsgi, 0)
        self.addCleanup(server.server_close)
        thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), daemon=True
        )
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.url = f"http://{api.HOST}:{server.server_port}"
