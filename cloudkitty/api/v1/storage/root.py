# SPDX-License-Identifier: Apache-2.0
"""``/v1/storage``: the rated points."""

from cloudkitty.api import resource
from cloudkitty.api.v1.storage import dataframes


class Storage(resource.Parent):
    """The paths below; the path itself does not exist."""

    def __init__(self) -> None:
        super().__init__({"dataframes": dataframes.DataFrames()})
