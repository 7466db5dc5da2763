# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy that can drop all bytes silently.

To a client this looks like a network partition: connections stay open and no
bytes arrive. New connections are not accepted.
"""

import contextlib
import selectors
import socket
import threading

import fixtures

_PIECE = 65536


class SilentProxy(fixtures.Fixture):
    """Forwards to a server on 127.0.0.1 until it is silenced.

    :param port: the server's.
    :param host: address to listen on.
    :ivar port: where it listens.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        super().__init__()
        self._host = host
        self._server = port
        self._silent = threading.Event()
        self._ended = False
        self._sockets: list[socket.socket] = []

    def _setUp(self) -> None:
        # The queue of a listener that never accepts still completes the
        # handshake: the client waits for the greeting, as it is to.
        self._listener = socket.create_server((self._host, 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(setattr, self, "_ended", True)

    def silence(self) -> None:
        """Drop everything from now on."""
        self._silent.set()

    def speak(self) -> None:
        """Forward again; bytes sent during the silence are lost."""
        self._silent.clear()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._ended:
                for key, _ in selector.select(timeout=0.05):
                    self._serve(selector, key)
        for each in [self._listener, *self._sockets]:
            each.close()

    def _serve(self, selector, key) -> None:
        if key.fileobj is self._listener:
            client, _ = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._server))
            self._sockets += [client, server]
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            return
        try:
            piece = key.fileobj.recv(_PIECE)
        except OSError:
            piece = b""
        if not piece:
            selector.unregister(key.fileobj)
            if not self._silent.is_set():
                with contextlib.suppress(OSError):
                    key.data.shutdown(socket.SHUT_WR)
        elif not self._silent.is_set():
            with contextlib.suppress(OSError):
                key.data.sendall(piece)
