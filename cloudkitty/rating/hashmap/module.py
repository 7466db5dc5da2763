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
        self,
        database: facade.Database,
        scope_id: str | None,
        loaded: hashmap_rules.Rules | None = None,
    ) -> None:
        super().__init__(database, scope_id)
        if loaded is None:
            with database.reader() as session:
                loaded = hashmap_rules.load(session, scope_id)
        self._price_list = price_list.PriceList(loaded)

    @classmethod
    def load_many(cls, database: facade.Database) -> base.ScopeModules | None:
        # A derived class may read more than these rules.
        return _HashMaps(database) if cls is HashMap else None

    def reload(self, at: datetime.datetime) -> None:
        self._price_list.reload(at)

    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        return self._price_list.rate(frame)


class _HashMaps:
    """Makes instances from the rules of all scopes, which are read once."""

    def __init__(self, database: facade.Database) -> None:
        self._database = database
        with database.reader() as session:
            self._rules = hashmap_rules.load_all(session)

    def has_own(self, scope_id: str) -> bool:
        return self._rules.has_own(scope_id)

    def make(self, scope_id: str | None) -> HashMap:
        return HashMap(self._database, scope_id, self._rules.of(scope_id))
