# SPDX-License-Identifier: Apache-2.0
"""Base classes of storages of version 1 of CloudKitty 25.

They exist so that packages that contain such a storage can be imported.
``[storage] version = 1`` does not load storages of other packages.
"""


class BaseStorage:
    """Base class of v1 storages of upstream; never loaded."""


class BaseHybridBackend:
    """Base class of hybrid backends of upstream; never loaded."""
