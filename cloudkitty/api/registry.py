# SPDX-License-Identifier: Apache-2.0
"""Hands options to what paste builds.

Paste calls factories by their names and hands only texts over. While
``app.load`` runs, ``global_conf`` has a key under which factories find the
process's options here.
"""

import contextlib
import dataclasses
import typing
import uuid

from oslo_config import cfg

from cloudkitty import conf as ck_conf
from cloudkitty.common import rpc as ck_rpc

if typing.TYPE_CHECKING:
    from cloudkitty.api import hooks

KEY = "cloudkitty_config_key"


@dataclasses.dataclass(frozen=True)
class Entry:
    """What a process or a test loads its application with."""

    conf: cfg.ConfigOpts
    services: "hooks.Services | None" = None
    rpc: ck_rpc.Client | None = None


_entries: dict[str, Entry] = {}


@contextlib.contextmanager
def offered(entry: Entry) -> typing.Iterator[str]:
    """Make ``entry`` known; yield its key for ``global_conf``."""
    key = uuid.uuid4().hex
    _entries[key] = entry
    try:
        yield key
    finally:
        del _entries[key]


def find(global_conf: dict[str, str] | None) -> Entry:
    """Return the entry that ``global_conf`` names.

    Without a key somebody else than ``app.load`` has read the paste file;
    the options then come from the usual files.
    """
    key = (global_conf or {}).get(KEY)
    if key is None:
        return Entry(ck_conf.make(argv=[]))
    return _entries[key]
