# SPDX-License-Identifier: Apache-2.0
"""Declares scopes and prices by this project's own database functions.

A program of its own, run by the Python of the environment that is measured:
``python ours_setup.py --config-file FILE``, with a JSON object on standard
input: ``scope_ids``, ``last_processed_at``, ``priced_from``,
``flavor_prices``, ``volume_price``.
"""

import datetime
import decimal
import json
import sys

from cloudkitty import conf as ck_conf
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import module_states
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.scopes import updates as scope_updates


def main() -> None:
    """Do it."""
    wanted = json.load(sys.stdin)
    conf = ck_conf.make()
    database = facade.Database(conf)
    last = datetime.datetime.fromisoformat(wanted["last_processed_at"])
    with database.writer() as session:
        for scope_id in wanted["scope_ids"]:
            scope = scopes.Scope(
                identifier=scope_id,
                scope_key=conf.collect.scope_key,
                fetcher=conf.fetcher.backend,
                collector=conf.collect.collector,
            )
            scope_updates.create(session, scope, last)
        _set_prices(session, wanted)
    database.dispose()


def _set_prices(session, wanted: dict) -> None:
    module_states.set_enabled(session, "hashmap", True)
    rule = {
        "map_type": "flat",
        "start": datetime.datetime.fromisoformat(wanted["priced_from"]),
    }
    service = hashmap_services.create_service(session, "instance_up")
    field = hashmap_services.create_field(session, service.id, "flavor")
    for flavor, price in wanted["flavor_prices"].items():
        hashmap_mappings.create(
            session,
            cost=decimal.Decimal(price),
            field_id=field.id,
            value=flavor,
            **rule,
        )
    service = hashmap_services.create_service(session, "volume_size_gb")
    hashmap_mappings.create(
        session,
        cost=decimal.Decimal(wanted["volume_price"]),
        service_id=service.id,
        **rule,
    )


if __name__ == "__main__":
    main()
