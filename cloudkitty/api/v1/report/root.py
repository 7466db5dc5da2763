# SPDX-License-Identifier: Apache-2.0
"""``/v1/report``: sums of rated data."""

from cloudkitty.api import resource
from cloudkitty.api.v1.report import summary
from cloudkitty.api.v1.report import tenants
from cloudkitty.api.v1.report import total


class Report(resource.Parent):
    """The paths below; the path itself does not exist."""

    def __init__(self) -> None:
        super().__init__(
            {
                "summary": summary.Summary(),
                "tenants": tenants.Tenants(),
                "total": total.Total(),
            }
        )
