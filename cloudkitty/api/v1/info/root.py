# SPDX-License-Identifier: Apache-2.0
"""``/v1/info``: the rated metrics."""

from cloudkitty.api import resource
from cloudkitty.api.v1.info import config
from cloudkitty.api.v1.info import metrics


class Info(resource.Parent):
    """The paths below; the path itself does not exist."""

    def __init__(self) -> None:
        super().__init__(
            {
                "config": config.Config(),
                "metrics": metrics.Metrics(),
                "services": metrics.Services(),
            }
        )
