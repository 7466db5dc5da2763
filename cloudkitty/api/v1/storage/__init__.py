# SPDX-License-Identifier: Apache-2.0
"""``/v1/storage``: the rated points."""

from cloudkitty.api import resource
from cloudkitty.api.v1.storage import dataframes


class Storage(resource.Resource):
    """The paths below; the path itself does not exist."""

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] != "dataframes":
            return None
        return dataframes.DataFrames(), segments[1:]
