# SPDX-License-Identifier: Apache-2.0
"""The demo's scopes and prices, put into its database.

The REST API for prices comes with a later release, so this goes through the
service's own database functions.
"""

import datetime
import decimal

from cloudkitty import conf as ck_conf
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db import hashmap_rules
from cloudkitty.db import module_states
from cloudkitty.db import scope_states
from demo_parts import sample


class Prices:
    """Registers the demo's scopes and sets its prices.

    :param conf_arguments: the options that name the demo's configuration.
    :param begin: from when on the prices are in force; aware UTC.
    """

    def __init__(
        self, conf_arguments: list[str], begin: datetime.datetime
    ) -> None:
        self._conf = ck_conf.make(argv=conf_arguments)
        self._database = facade.Database(self._conf)
        self._begin = begin
        self._flavor_field = 0
        self._wrong_mapping = ""

    def register_scopes(self) -> None:
        """Register the projects as if rated up to the begin already."""
        with self._database.writer() as session:
            for project in sample.PROJECTS:
                scope_states.create(
                    session,
                    scopes.Scope(
                        identifier=project,
                        scope_key=self._conf.collect.scope_key,
                        fetcher=self._conf.fetcher.backend,
                        collector=self._conf.collect.collector,
                    ),
                    self._begin - sample.HOUR,
                )

    def set_up(self) -> None:
        """Set all prices, that of large instances wrong."""
        with self._database.writer() as session:
            module_states.set_enabled(session, "hashmap", True)
            volume = hashmap_rules.create_service(session, "volume.size")
            hashmap_rules.create_mapping(
                session,
                cost=decimal.Decimal(sample.VOLUME_PRICE),
                map_type="flat",
                start=self._begin,
                service_id=volume.id,
            )
            instance = hashmap_rules.create_service(session, "instance")
            flavor = hashmap_rules.create_field(session, instance.id, "flavor")
            self._flavor_field = flavor.id
            self._price(session, "small", sample.INSTANCE_PRICES["small"])
            wrong = self._price(session, "large", sample.WRONG_LARGE)
            self._wrong_mapping = wrong.mapping_id

    def correct(self) -> None:
        """Put the right price in the place of the wrong one."""
        now = datetime.datetime.now(datetime.UTC)
        with self._database.writer() as session:
            hashmap_rules.delete_mapping(session, self._wrong_mapping, now)
            self._price(session, "large", sample.INSTANCE_PRICES["large"])

    def _price(self, session, flavor: str, price: str):
        return hashmap_rules.create_mapping(
            session,
            cost=decimal.Decimal(price),
            map_type="flat",
            # That of the wrong one too: it is to count for the past.
            start=self._begin,
            field_id=self._flavor_field,
            value=flavor,
        )

    def close(self) -> None:
        """Give the database back."""
        self._database.dispose()
