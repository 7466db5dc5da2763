# SPDX-License-Identifier: Apache-2.0
"""The database; with the names that plugins of CloudKitty 25 import."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.compat.database import session_for_read as session_for_read
    from cloudkitty.compat.database import (  # noqa: H301
        session_for_write as session_for_write,
    )
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "session_for_read": "cloudkitty.compat.database",
            "session_for_write": "cloudkitty.compat.database",
        },
    )
