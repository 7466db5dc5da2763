# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: storages of version 1."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.compat import storage_v1 as _storage_v1

    BaseHybridBackend = _storage_v1.BaseHybridBackend
else:
    __getattr__ = lazy.names(
        __name__, {"BaseHybridBackend": "cloudkitty.compat.storage_v1"}
    )
