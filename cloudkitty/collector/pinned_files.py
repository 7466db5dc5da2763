# SPDX-License-Identifier: Apache-2.0
"""Contents of files that a group of processes reads once.

The first process of the processor pins ``metrics.yml``. Its workers inherit
the content when they are forked. So all of them have the same definitions,
and a worker that is started again does not read a file that was edited
afterwards.
"""

_CONTENTS: dict[str, bytes] = {}


def pin(path: str, content: bytes) -> None:
    """Return ``content`` for ``path`` from now on; forked processes too."""
    _CONTENTS[path] = content


def release(path: str) -> None:
    """Read the file again."""
    _CONTENTS.pop(path, None)


def read(path: str) -> bytes:
    """Return the pinned content, or that of the file.

    :raises OSError: if the file cannot be read.
    """
    if path in _CONTENTS:
        return _CONTENTS[path]
    with open(path, "rb") as file:
        return file.read()
