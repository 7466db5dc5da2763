# SPDX-License-Identifier: Apache-2.0
"""Confine a process before it runs untrusted code."""

import ctypes
import dataclasses
import os
import resource
import signal
import sys

from cloudkitty.rating.pyscripts.inside import landlock
from cloudkitty.rating.pyscripts.inside import seccomp

_PDEATHSIG, _DUMPABLE, _NO_NEW_PRIVS = 1, 4, 38
_NEW_USER, _NEW_IPC, _NEW_NET = 0x10000000, 0x08000000, 0x40000000
_CAPABILITIES = 0x20080522
#: The user and group that own nothing; only root can become them.
_NOBODY = 65534
#: Modules that scripts often use. They are imported before the confinement,
#: which saves time and works where no file can be opened.
MODULES = (
    "_strptime",
    "base64",
    "bisect",
    "calendar",
    "collections.abc",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "numbers",
    "operator",
    "random",
    "re",
    "statistics",
    "string",
    "textwrap",
    "time",
    "typing",
    "uuid",
    "zoneinfo",
)


@dataclasses.dataclass(frozen=True)
class Protections:
    """The active protections, of those that depend on the kernel.

    :param filter: system calls are filtered.
    :param files: only the standard library can be read.
    :param network: the network is inaccessible.
    """

    filter: bool
    files: bool
    network: bool


def confine_host(memory_bytes: int) -> Protections:
    """Confine the process whose forks run scripts.

    :param memory_bytes: the most address space of it and of each child.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    root = os.geteuid() == 0
    spaces = _NEW_NET | _NEW_IPC | (0 if root else _NEW_USER)
    network = libc.unshare(spaces) == 0
    if root:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    _drop_capabilities(libc)
    # No other process can read its memory or that of its children, and
    # programs that they start cannot gain privileges.
    libc.prctl(_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    return Protections(
        filter=seccomp.available(),
        files=landlock.restrict(_readable()),
        network=network,
    )


def make_filter(protections: Protections) -> seccomp.Filter | None:
    """Return the filter for the forks; None if it is not supported."""
    if not protections.filter:
        return None
    # Without Landlock any file of the service could be read: its passwords.
    # Then nothing is opened at all.
    return seccomp.Filter(files=protections.files)


def confine_run(filter_: seccomp.Filter | None, cpu_seconds: int) -> None:
    """Confine the process that runs the scripts of one period.

    :param filter_: made by ``make_filter``, before the fork.
    :raises OSError: if ``filter_`` cannot be installed.
    """
    parent = os.getppid()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    # Not less than the time limit: it only acts if no parent process is left
    # to enforce the limit.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds + 1, cpu_seconds + 2))
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, 32)
    if filter_ is not None:
        filter_.install()


def _limit(which: int, value: int) -> None:
    resource.setrlimit(which, (value, value))


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Drop the capabilities of a new user namespace, or of root."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0)
    none = (ctypes.c_uint32 * 6)()
    libc.capset(header, none)


def _readable() -> list[str]:
    """Return the paths for imports: Python's library, shared libraries."""
    return [
        *(path for path in sys.path if path),
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
        "/usr/share/zoneinfo",
        "/etc/ld.so.cache",
        "/etc/localtime",
        "/dev/null",
        "/dev/urandom",
    ]
