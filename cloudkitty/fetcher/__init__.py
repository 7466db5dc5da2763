# SPDX-License-Identifier: Apache-2.0
"""Fetchers; with the name that fetchers of CloudKitty 25 import."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.compat.fetcher import BaseFetcher as BaseFetcher
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "BaseFetcher": "cloudkitty.compat.fetcher",
        },
    )
