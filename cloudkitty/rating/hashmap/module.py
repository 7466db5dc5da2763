# SPDX-License-Identifier: Apache-2.0
"""The module ``hashmap``: prices by metric, attributes and quantity."""

import datetime

from cloudkitty import dataframe
from cloudkitty.db import facade
from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.rating import base
from cloudkitty.rating.hashmap import price_list


class HashMap(base.RatingModule):
    """Prices points by the rules in the ``hashmap_*`` tables."""

    module_name = "hashmap"
    description = "Prices by metric, by attributes and by quantity."
    hot_config = True

    def __init__(
        self, database: facade.Database, scope_id: str | None
    ) -> None:
        super().__init__(database, scope_id)
        with database.reader() as session:
            loaded = hashmap_rules.load(session, scope_id)
        self._price_list = price_list.PriceList(loaded)

    def reload(self, at: datetime.datetime) -> None:
        self._price_list.reload(at)

    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        return self._price_list.rate(frame)
