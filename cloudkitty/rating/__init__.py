# SPDX-License-Identifier: Apache-2.0
"""Rating modules; with the names that those of CloudKitty 25 import."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.api import config_controllers as _config_controllers
    from cloudkitty.compat import rating as _rating

    RatingRestControllerBase = _config_controllers.RatingRestControllerBase
    RatingProcessorBase = _rating.RatingProcessorBase
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "RatingProcessorBase": "cloudkitty.compat.rating",
            "RatingRestControllerBase": "cloudkitty.api.config_controllers",
        },
    )
