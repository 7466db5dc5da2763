# SPDX-License-Identifier: Apache-2.0
"""``/v1/storage``: what was rated, point by point."""

from cloudkitty.api import resource
from cloudkitty.api.v1.storage import dataframes


class Storage(resource.Resource):
    """What is below; here itself is nothing."""

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] != "dataframes":
            return None
        return dataframes.DataFrames(), segments[1:]
