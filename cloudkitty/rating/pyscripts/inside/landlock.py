# SPDX-License-Identifier: Apache-2.0
"""Landlock: which files a process and its children may read.

Linux has it since 5.13; it takes no privileges.
"""

import collections.abc
import ctypes
import os
import stat
import struct

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION = 1
_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
#: Number of rights in each version of the interface.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_TCP = 0b11
#: Abstract sockets and signals.
_SCOPES = 0b11


def restrict(readable: collections.abc.Iterable[str]) -> bool:
    """Allow this process to open files below some paths only.

    :param readable: files and folders; missing ones are skipped.
    :returns: False if the kernel does not support it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, 0, _VERSION)
    if version < 1:
        return False
    rights = (1 << _FILE_RIGHTS[min(version, 5)]) - 1
    attributes = struct.pack(
        "=QQQ",
        rights,
        _TCP if version >= 4 else 0,
        _SCOPES if version >= 6 else 0,
    )
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = libc.syscall(
        _CREATE, ctypes.c_char_p(attributes), ctypes.c_size_t(size), 0
    )
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _allow(libc, ruleset, path)
        return libc.syscall(_RESTRICT, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        folder = stat.S_ISDIR(os.fstat(fd).st_mode)
        rights = _READ_FILE | (_READ_DIR if folder else 0)
        rule = struct.pack("=Qi", rights, fd)
        libc.syscall(_ADD_RULE, ruleset, _BENEATH, ctypes.c_char_p(rule), 0)
    finally:
        os.close(fd)
