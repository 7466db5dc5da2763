# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: storages of version 1."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.compat.storage_v1 import (  # noqa: H301
        BaseHybridBackend as BaseHybridBackend,
    )
else:
    __getattr__ = lazy.names(
        __name__, {"BaseHybridBackend": "cloudkitty.compat.storage_v1"}
    )
