# SPDX-License-Identifier: Apache-2.0
"""``/v1/report``: sums of rated data."""

from cloudkitty.api import resource
from cloudkitty.api.v1.report import summary
from cloudkitty.api.v1.report import tenants
from cloudkitty.api.v1.report import total


class Report(resource.Resource):
    """The paths below; the path itself does not exist."""

    def __init__(self) -> None:
        self._below: dict[str, object] = {
            "summary": summary.Summary(),
            "tenants": tenants.Tenants(),
            "total": total.Total(),
        }

    def child(self, segments: resource.Segments) -> resource.Below:
        controller = self._below.get(segments[0])
        return None if controller is None else (controller, segments[1:])
