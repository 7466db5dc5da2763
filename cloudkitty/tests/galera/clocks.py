# SPDX-License-Identifier: Apache-2.0
"""A library that makes the wall clock of a process wrong.

libfaketime is of no use here: with it, the waits of Python's threads never
end or fail.
"""

import pathlib

from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import processes

_SECONDS = "CLOUDKITTY_TEST_CLOCK_AHEAD"
_SOURCE = f"""
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long ahead(void) {{
    const char *text = getenv("{_SECONDS}");
    return text ? atol(text) : 0;
}}
int clock_gettime(clockid_t id, struct timespec *at) {{
    int failed = syscall(SYS_clock_gettime, id, at);
    if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        at->tv_sec += ahead();
    return failed;
}}
int gettimeofday(struct timeval *at, void *zone) {{
    int failed = syscall(SYS_gettimeofday, at, zone);
    if (!failed) at->tv_sec += ahead();
    return failed;
}}
time_t time(time_t *at) {{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}}
"""


def compiler() -> str | None:
    """Return the C compiler; None without one."""
    return needs.find("cc") or needs.find("gcc")


def build(folder: pathlib.Path) -> pathlib.Path:
    """Compile the library and return its path."""
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(_SOURCE)
    processes.run(
        *(compiler() or "cc", "-shared", "-fPIC", "-O1"),
        *("-o", str(library), str(source)),
    )
    return library


def environment(library: pathlib.Path, ahead: int) -> dict[str, str]:
    """Return the environment that a process needs.

    :param ahead: seconds by which its clock is ahead; negative: behind.
    """
    return {"LD_PRELOAD": str(library), _SECONDS: str(ahead)}
