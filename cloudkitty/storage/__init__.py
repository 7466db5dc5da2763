# SPDX-License-Identifier: Apache-2.0
"""Storages; with the names that those of CloudKitty 25 import."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.compat.storage import NoTimeFrame as NoTimeFrame
    from cloudkitty.compat.storage import get_storage as get_storage
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "NoTimeFrame": "cloudkitty.compat.storage",
            "get_storage": "cloudkitty.compat.storage",
        },
    )
