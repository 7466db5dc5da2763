# SPDX-License-Identifier: Apache-2.0
"""Storage drivers; with the name that those of CloudKitty 25 import."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.compat.storage import BaseStorage as BaseStorage
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "BaseStorage": "cloudkitty.compat.storage",
        },
    )
