# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: authorisation in controllers of plugins."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.api.config_controllers import authorize as authorize
else:
    __getattr__ = lazy.names(
        __name__, {"authorize": "cloudkitty.api.config_controllers"}
    )
