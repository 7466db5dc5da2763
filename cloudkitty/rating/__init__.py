# SPDX-License-Identifier: Apache-2.0
"""Rating modules; with the names that those of CloudKitty 25 import."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.api.config_controllers import (  # noqa: H301
        RatingRestControllerBase as RatingRestControllerBase,
    )
    from cloudkitty.compat.rating import (  # noqa: H301
        RatingProcessorBase as RatingProcessorBase,
    )
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "RatingProcessorBase": "cloudkitty.compat.rating",
            "RatingRestControllerBase": "cloudkitty.api.config_controllers",
        },
    )
