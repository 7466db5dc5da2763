# SPDX-License-Identifier: Apache-2.0
"""Messages between the worker and the process of the scripts on two pipes.

A message is two lengths, a header (JSON, small) and a payload (bytes, which
an intermediate process need not parse).
"""

import json
import os
import struct
import typing

LENGTHS = struct.Struct("!II")

Header = dict[str, typing.Any]


class Closed(Exception):
    """The other side closed the pipe."""


def pack(header: Header, payload: bytes = b"") -> bytes:
    """Return a message."""
    text = json.dumps(header).encode("ascii")
    return LENGTHS.pack(len(text), len(payload)) + text + payload


def receive(fd: int) -> tuple[Header, bytes]:
    """Return the next message of a pipe; waits for it.

    :raises Closed: at the pipe's end.
    """
    header_length, payload_length = LENGTHS.unpack(
        _read(fd, LENGTHS.size),
    )
    header = json.loads(_read(fd, header_length))
    return header, _read(fd, payload_length)


def send(fd: int, data: bytes) -> None:
    """Write all of ``data`` to a pipe."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _read(fd: int, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        more = os.read(fd, min(length - len(found), 1 << 20))
        if not more:
            raise Closed
        found += more
    return bytes(found)
