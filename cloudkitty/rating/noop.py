# SPDX-License-Identifier: Apache-2.0
"""The module that adds no price."""

import datetime

from cloudkitty import dataframe
from cloudkitty.db import facade
from cloudkitty.rating import base


class Noop(base.RatingModule):
    """Leaves every price unchanged; ensures that a chain has a module."""

    module_name = "noop"
    description = "Leaves every price as it is."
    always_on = True

    @classmethod
    def load_many(cls, database: facade.Database) -> base.ScopeModules | None:
        return base.Shared(cls(database, None)) if cls is Noop else None

    def reload(self, at: datetime.datetime) -> None:
        """Do nothing: there are no rules."""

    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        return frame
