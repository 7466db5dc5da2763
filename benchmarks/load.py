# SPDX-License-Identifier: Apache-2.0
"""A small load client: one thread, many connections, every answer timed.

It does no more with an answer than to look at its status and to count its
bytes, so that it leaves the machine to the server.
"""

import dataclasses
import re
import selectors
import socket
import time

from benchmarks import settings as ck_settings

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
#: Seconds without any answer after which it gives up.
_PATIENCE = 60


@dataclasses.dataclass(frozen=True, kw_only=True)
class Load:
    """What some requests took.

    :param seconds: for all.
    :param latencies: seconds of each, in order of size.
    :param failed: how many had another status than 200.
    """

    seconds: float
    latencies: list[float]
    failed: int

    @property
    def per_second(self) -> float:
        """Return requests per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the milliseconds within which a share was answered."""
        count = len(self.latencies)
        place = min(count - 1, max(0, -int(-share * count // 1) - 1))
        return 1000 * self.latencies[place]


class _Connection:
    """One client: asks again as soon as it has an answer."""

    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection((ck_settings.HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._head = b""
        self._missing: int | None = None
        self._sent_at = 0.0
        self.status = b""

    def send(self) -> None:
        self._head, self._missing = b"", None
        self._sent_at = time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> float | None:
        """Return the seconds that an answer took; None if there is more."""
        some = self.socket.recv(1 << 20)
        if not some:
            raise OSError("the server has closed the connection")
        if self._missing is None:
            self._head += some
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return None
            found = _LENGTH.search(head)
            if found is None:
                raise OSError("an answer without Content-Length")
            self.status = head.split(b" ", 2)[1]
            self._missing = int(found.group(1)) - len(body)
        else:
            self._missing -= len(some)
        if self._missing > 0:
            return None
        return time.perf_counter() - self._sent_at


def run(port: int, target: str, *, clients: int, requests: int) -> Load:
    """Send ``requests`` GET requests from so many clients at once.

    :raises OSError: if the server does not answer.
    """
    request = (
        f"GET {target} HTTP/1.1\r\nHost: {ck_settings.HOST}:{port}\r\n"
        "Accept: application/json\r\n\r\n"
    ).encode()
    latencies: list[float] = []
    failed = 0
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(port, request) for _ in range(clients)]
        begin = time.perf_counter()
        unsent = requests
        for connection in connections[:requests]:
            selector.register(
                connection.socket, selectors.EVENT_READ, connection
            )
            connection.send()
            unsent -= 1
        while len(latencies) < requests:
            ready = selector.select(_PATIENCE)
            if not ready:
                raise OSError(f"no answer within {_PATIENCE} s")
            for key, _ in ready:
                took = key.data.receive()
                if took is None:
                    continue
                latencies.append(took)
                failed += key.data.status != b"200"
                if unsent:
                    unsent -= 1
                    key.data.send()
        seconds = time.perf_counter() - begin
        for connection in connections:
            connection.socket.close()
    return Load(seconds=seconds, latencies=sorted(latencies), failed=failed)
