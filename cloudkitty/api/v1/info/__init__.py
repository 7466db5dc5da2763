# SPDX-License-Identifier: Apache-2.0
"""``/v1/info``: the rated metrics."""

from cloudkitty.api import resource
from cloudkitty.api.v1.info import config
from cloudkitty.api.v1.info import metrics


class Info(resource.Resource):
    """The paths below; the path itself does not exist."""

    def __init__(self) -> None:
        self._below: dict[str, object] = {
            "config": config.Config(),
            "metrics": metrics.Metrics(),
            "services": metrics.Services(),
        }

    def child(self, segments: resource.Segments) -> resource.Below:
        controller = self._below.get(segments[0])
        return None if controller is None else (controller, segments[1:])
