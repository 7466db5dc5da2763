# SPDX-License-Identifier: Apache-2.0
"""The database; with the names that plugins of CloudKitty 25 import."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.compat import database as _database

    session_for_read = _database.session_for_read
    session_for_write = _database.session_for_write
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "session_for_read": "cloudkitty.compat.database",
            "session_for_write": "cloudkitty.compat.database",
        },
    )
