# SPDX-License-Identifier: Apache-2.0
"""Limit of the open files of this process."""

import resource

#: Files left for connections, logs and libraries.
_RESERVED = 256


def make_room(wanted: int) -> int:
    """Raise the soft limit, if it is too low for ``wanted`` more files.

    :returns: number of files that may be opened, at most ``wanted``, at
        least 1.
    """
    needed = wanted + _RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _allows(soft, needed):
        return wanted
    # Not higher: select() fails for files from 1024 on.
    raised = needed if _allows(hard, needed) else hard
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    except (OSError, ValueError):
        raised = soft
    return max(1, min(wanted, raised - _RESERVED))


def _allows(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= needed
