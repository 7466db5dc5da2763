# SPDX-License-Identifier: Apache-2.0
"""A filter of system calls for the process that runs a script.

Calls that are not listed fail with EPERM: a script cannot write files, create
sockets, start processes or threads, or send signals.

``stat`` stays: imports need it, and the C library asks the same call about an
open file (``newfstatat`` with an empty path, which a filter cannot see).
"""

import collections.abc
import ctypes
import errno
import os
import platform
import struct

_PR_SET_SECCOMP = 22
_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
#: Instructions: load a word, compare, mask, jump, return.
_LOAD, _EQUAL, _AND, _RETURN, _AT_LEAST = 0x20, 0x15, 0x54, 0x06, 0x35
_NR, _ARCH, _ARGS = 0, 4, 16
#: Numbers of x32, which would be another table of calls.
_X32 = 0x40000000

#: (AUDIT_ARCH, number of each call that is allowed whatever its arguments).
_TABLES: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (
        0xC000003E,
        {
            "read": 0,
            "write": 1,
            "close": 3,
            "stat": 4,
            "fstat": 5,
            "lstat": 6,
            "poll": 7,
            "lseek": 8,
            "mmap": 9,
            "mprotect": 10,
            "munmap": 11,
            "brk": 12,
            "rt_sigaction": 13,
            "rt_sigprocmask": 14,
            "rt_sigreturn": 15,
            "pread64": 17,
            "writev": 20,
            "sched_yield": 24,
            "mremap": 25,
            "madvise": 28,
            "nanosleep": 35,
            "getpid": 39,
            "exit": 60,
            "uname": 63,
            "getcwd": 79,
            "gettimeofday": 96,
            "getrlimit": 97,
            "getuid": 102,
            "getgid": 104,
            "geteuid": 107,
            "getegid": 108,
            "sigaltstack": 131,
            "gettid": 186,
            "time": 201,
            "futex": 202,
            "getdents64": 217,
            "clock_gettime": 228,
            "clock_getres": 229,
            "clock_nanosleep": 230,
            "exit_group": 231,
            "newfstatat": 262,
            "getrandom": 318,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "getcwd": 17,
            "close": 57,
            "getdents64": 61,
            "lseek": 62,
            "read": 63,
            "write": 64,
            "writev": 66,
            "pread64": 67,
            "ppoll": 73,
            "newfstatat": 79,
            "fstat": 80,
            "exit": 93,
            "exit_group": 94,
            "futex": 98,
            "nanosleep": 101,
            "clock_gettime": 113,
            "clock_getres": 114,
            "clock_nanosleep": 115,
            "sched_yield": 124,
            "sigaltstack": 132,
            "rt_sigaction": 134,
            "rt_sigprocmask": 135,
            "rt_sigreturn": 139,
            "uname": 160,
            "getrlimit": 163,
            "gettimeofday": 169,
            "getpid": 172,
            "getuid": 174,
            "geteuid": 175,
            "getgid": 176,
            "getegid": 177,
            "gettid": 178,
            "brk": 214,
            "munmap": 215,
            "mremap": 216,
            "mmap": 222,
            "mprotect": 226,
            "madvise": 233,
            "getrandom": 278,
        },
    ),
}
#: Calls that open a file: (number, index of the flags) by architecture.
_OPENING = {"x86_64": ((2, 1), (257, 2)), "aarch64": ((56, 2),)}
#: Every flag but those that only modify reading.
_WRITING = 0xFFFFFFFF & ~(
    os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
)
_FCNTL = {"x86_64": 72, "aarch64": 25}
#: Duplicate, get and set flags: none of these refers to another process.
_FCNTL_COMMANDS = (0, 1, 2, 3, 1030)
_PRLIMIT = {"x86_64": 302, "aarch64": 261}

_Steps = list[tuple[int, int, int, int]]


def available() -> bool:
    """Return whether this architecture has a table and the kernel filters."""
    libc = ctypes.CDLL(None, use_errno=True)
    return platform.machine() in _TABLES and libc.prctl(21, 0, 0, 0, 0) == 0


class _Program(ctypes.Structure):
    """The kernel's ``struct sock_fprog``."""

    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


class Filter:
    """A filter that is built once, for many forks to install.

    :param files: whether files may be opened, for reading.
    """

    def __init__(self, *, files: bool) -> None:
        steps = _steps(platform.machine(), files)
        code = b"".join(struct.pack("=HBBI", *step) for step in steps)
        # Kept, because the program only points to it.
        self._code = ctypes.create_string_buffer(code, len(code))
        self._program = _Program(len(steps), ctypes.addressof(self._code))
        self._libc = ctypes.CDLL(None, use_errno=True)

    def install(self) -> None:
        """Install the filter on this process, permanently.

        :raises OSError: if the kernel refuses.
        """
        program = ctypes.byref(self._program)
        if self._libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, program) != 0:
            raise OSError(ctypes.get_errno(), "seccomp")


def _steps(machine: str, files: bool) -> _Steps:
    arch, calls = _TABLES[machine]
    steps: _Steps = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, arch),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NR),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for number in calls.values():
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    steps += _argument(_FCNTL[machine], 1, _FCNTL_COMMANDS)
    # Only about itself.
    steps += _argument(_PRLIMIT[machine], 0, (0,))
    if files:
        for number, index in _OPENING[machine]:
            steps += _argument(number, index, (0,), mask=_WRITING)
    return [*steps, (_RETURN, 0, 0, _REFUSE)]


def _argument(
    number: int,
    index: int,
    values: collections.abc.Sequence[int],
    mask: int = 0xFFFFFFFF,
) -> _Steps:
    """Allow a call if the low word of an argument is one of some values."""
    test: _Steps = [
        (_LOAD, 0, 0, _ARGS + 8 * index),
        (_AND, 0, 0, mask),
    ]
    for value in values:
        test += [(_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW)]
    test.append((_RETURN, 0, 0, _REFUSE))
    return [(_EQUAL, 0, len(test), number), *test]
