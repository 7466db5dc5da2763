# SPDX-License-Identifier: Apache-2.0
"""Pass the options of the process to the factories that paste calls.

Paste calls factories by name and passes only strings. During ``app.load``,
``global_conf`` contains a key with which factories find the options here.
"""

import contextlib
import dataclasses
import typing
import uuid

from oslo_config import cfg

from cloudkitty import conf as ck_conf
from cloudkitty.common import rpc as ck_rpc

if typing.TYPE_CHECKING:
    from cloudkitty.api.request import hooks

KEY = "cloudkitty_config_key"


@dataclasses.dataclass(frozen=True)
class Entry:
    """Arguments with which a process or a test loads its application."""

    conf: cfg.ConfigOpts
    services: "hooks.Services | None" = None
    rpc: ck_rpc.Client | None = None


_entries: dict[str, Entry] = {}


@contextlib.contextmanager
def offered(entry: Entry) -> typing.Iterator[str]:
    """Register ``entry`` and yield its key for ``global_conf``."""
    key = uuid.uuid4().hex
    _entries[key] = entry
    try:
        yield key
    finally:
        del _entries[key]


def find(global_conf: dict[str, str] | None) -> Entry:
    """Return the entry with the key in ``global_conf``.

    Without a key, the paste file was not loaded by ``app.load``. The options
    are then read from the default files.
    """
    key = (global_conf or {}).get(KEY)
    if key is None:
        return Entry(ck_conf.make(argv=[]))
    return _entries[key]
