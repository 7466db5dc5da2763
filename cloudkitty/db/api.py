# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: the database interface of plugins."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.compat.database import NoSuchMapping as NoSuchMapping
    from cloudkitty.compat.database import get_instance as get_instance
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "NoSuchMapping": "cloudkitty.compat.database",
            "get_instance": "cloudkitty.compat.database",
        },
    )
