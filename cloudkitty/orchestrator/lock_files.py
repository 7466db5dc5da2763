# SPDX-License-Identifier: Apache-2.0
"""Remove the lock files that tooz's file driver leaves.

https://docs.openstack.org/tooz/latest/user/drivers.html#file: the directory of
the URL has one file for each name that was ever locked.

A process that has opened a file and not locked it yet would lock a removed
file, while a second process creates and locks a new one. Therefore files of
scopes and tasks that a processor may lock are kept, whatever their age.
"""

import collections.abc
import fcntl
import os
import pathlib
import re
import typing
import urllib.parse

from oslo_config import cfg

from cloudkitty.db import facade
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.orchestrator import locks

#: Seconds since the creation of a file before which it is kept: the scope or
#: the task may be too new to be found.
AGE_SECONDS = 86400.0
#: The names of ``locks.LockNames``.
_NAME = re.compile(r"[0-9a-f]{64}")


class Found(typing.NamedTuple):
    """Files of locks by what happens to them.

    :param removable: files that no process holds.
    :param kept: number of files that are in use, or may be.
    """

    removable: list[pathlib.Path]
    kept: int


def folder(conf: cfg.ConfigOpts) -> pathlib.Path | None:
    """Return the directory of the locks; None for another backend."""
    url = urllib.parse.urlsplit(conf.orchestrator.coordination_url)
    return pathlib.Path(url.path) if url.scheme == "file" else None


def in_use(conf: cfg.ConfigOpts, database: facade.Database) -> frozenset[str]:
    """Return the names of the locks of all scopes and unfinished tasks.

    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    names = locks.LockNames(conf)
    with database.reader() as session:
        found = {
            names.of_scope(name) for name in scope_queries.identifiers(session)
        }
        for task in task_queries.find_listed(
            session, states=states.UNFINISHED
        ):
            found.add(
                names.of_reprocess(task.scope_id, task.start_at, task.end_at)
            )
            found.add(names.of_scope(task.scope_id))
    return frozenset(name.decode("ascii") for name in found)


def find(
    directory: pathlib.Path, used: collections.abc.Set[str], now: float
) -> Found:
    """Return the files that ``remove`` may remove.

    :param used: names of files to keep.
    :param now: seconds since the epoch.
    :raises OSError: if the directory cannot be read.
    """
    removable, kept = [], 0
    with os.scandir(directory) as entries:
        for entry in entries:
            if not _NAME.fullmatch(entry.name):
                continue
            # An acquisition opens the file and does not write: this is the
            # time of its creation.
            created = entry.stat(follow_symlinks=False).st_mtime
            if (
                entry.name in used
                or now - created < AGE_SECONDS
                or not entry.is_file(follow_symlinks=False)
            ):
                kept += 1
            else:
                removable.append(pathlib.Path(entry.path))
    return Found(sorted(removable), kept)


def remove(path: pathlib.Path) -> bool:
    """Remove a file unless a process holds its lock; never wait.

    Only for processes that have no lock of their own: closing a file gives
    all locks up that the process has on it.

    :returns: whether it was removed.
    :raises OSError: if it cannot be opened or removed.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
