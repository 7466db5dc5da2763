# SPDX-License-Identifier: Apache-2.0
"""A call of every function, and of every edit, of hashmap's rules."""

import decimal
import pkgutil

from cloudkitty.db.rules import edit_lock
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.hashmap import editing
from cloudkitty.rating.hashmap.editing import mappings
from cloudkitty.rating.hashmap.editing import owners
from cloudkitty.rating.hashmap.editing import prices
from cloudkitty.rating.hashmap.editing import slots
from cloudkitty.rating.hashmap.editing import thresholds
from cloudkitty.tests.functional.db.faults import cases

D = decimal.Decimal


def _query(covers, module, name, *args, **kwargs):
    return cases.of_session(
        covers,
        lambda session, world: getattr(module, name)(session, *args, **kwargs),
    )


def _on_row(covers, function, row, *args, **kwargs):
    """Return a case that calls ``function`` for a row of the world's."""
    return cases.of_session(
        covers,
        lambda session, world: function(
            session, getattr(world.rows, row).id, *args, **kwargs
        ),
    )


FUNCTIONS = [
    _query("edit_lock.count_up", edit_lock, "count_up", "hashmap"),
    _query(
        "hashmap_services.find_services", hashmap_services, "find_services"
    ),
    _query("hashmap_services.find_fields", hashmap_services, "find_fields"),
    _query("hashmap_services.find_groups", hashmap_services, "find_groups"),
    _on_row(
        "hashmap_services.delete_service",
        hashmap_services.delete_service,
        "service",
    ),
    _on_row(
        "hashmap_services.delete_field", hashmap_services.delete_field, "field"
    ),
    _on_row(
        "hashmap_services.delete_group",
        hashmap_services.delete_group,
        "group",
        with_rules=True,
    ),
    cases.of_session(
        "hashmap_mappings.get",
        lambda session, world: hashmap_mappings.get(
            session, world.rows.mapping.mapping_id
        ),
    ),
    _query(
        "hashmap_mappings.find",
        hashmap_mappings,
        "find",
        hashmap_mappings.Filters(),
    ),
    cases.of_session(
        "hashmap_mappings.find_rivals",
        lambda session, world: hashmap_mappings.find_rivals(
            session,
            service_id=world.rows.service.service_id,
            field_id=None,
            group_id=None,
            value=None,
            tenant_id=None,
        ),
    ),
    _on_row(
        "hashmap_mappings.update",
        hashmap_mappings.update,
        "mapping",
        end=cases.LATER,
    ),
    _on_row(
        "hashmap_mappings.mark_deleted",
        hashmap_mappings.mark_deleted,
        "mapping",
        cases.LATER,
        "somebody",
    ),
    cases.of_session(
        "hashmap_thresholds.get",
        lambda session, world: hashmap_thresholds.get(
            session, world.rows.threshold.threshold_id
        ),
    ),
    _query(
        "hashmap_thresholds.find",
        hashmap_thresholds,
        "find",
        hashmap_thresholds.Filters(),
    ),
    _on_row(
        "hashmap_thresholds.update",
        hashmap_thresholds.update,
        "threshold",
        cost=D(7),
    ),
    _on_row(
        "hashmap_thresholds.delete", hashmap_thresholds.delete, "threshold"
    ),
]


def _read(covers, function, row=None, attribute=None):
    def run(world):
        if row is None:
            return function(world.database)
        return function(
            world.database, getattr(getattr(world.rows, row), attribute)
        )

    return cases.Case(covers, run)


def _create_mapping(world):
    return mappings.create(
        world.database,
        mappings.NewMapping(
            cost=D("0.25"), field_id=world.rows.field.field_id, value="m1"
        ),
        user_id="somebody",
        now=cases.NOW,
    )


def _end_mapping(world):
    return mappings.update(
        world.database,
        world.rows.mapping.mapping_id,
        {"end": cases.LATER},
        user_id="somebody",
        now=cases.NOW,
    )


def _delete_mapping(world):
    mappings.delete(
        world.database,
        world.rows.mapping.mapping_id,
        user_id="somebody",
        now=cases.NOW,
    )


def _change_price(world):
    return prices.change(
        world.database,
        world.rows.mapping.mapping_id,
        prices.NewPrice(cost=D("0.75"), start=cases.LATER),
        user_id="somebody",
        now=cases.NOW,
    )


def _change_price_of_threshold(world):
    return thresholds.change_price(
        world.database, world.rows.threshold.threshold_id, D("0.75")
    )


def _create_threshold(world):
    return thresholds.create(
        world.database,
        thresholds.NewThreshold(
            level=D(20), cost=D(1), service_id=world.rows.service.service_id
        ),
    )


def _update_threshold(world):
    return thresholds.update(
        world.database,
        world.rows.threshold.threshold_id,
        thresholds.NewThreshold(level=D(30), cost=D(2)),
        keep_group=True,
    )


EDITS = [
    _read("owners.services", owners.services),
    _read("owners.service", owners.service, "service", "service_id"),
    _read("owners.fields", owners.fields, "service", "service_id"),
    _read("owners.field", owners.field, "field", "field_id"),
    _read("owners.groups", owners.groups),
    _read("owners.group", owners.group, "group", "group_id"),
    _read(
        "owners.delete_service",
        owners.delete_service,
        "service",
        "service_id",
    ),
    _read("owners.delete_field", owners.delete_field, "field", "field_id"),
    _read("owners.delete_group", owners.delete_group, "group", "group_id"),
    _read(
        "owners.create_service",
        lambda database: owners.create_service(database, "disk"),
    ),
    _read(
        "owners.create_field",
        lambda database, service: owners.create_field(
            database, service, "zone"
        ),
        "service",
        "service_id",
    ),
    _read(
        "owners.create_group",
        lambda database: owners.create_group(database, "other"),
    ),
    _read(
        "mappings.find",
        lambda database: mappings.find(database, hashmap_mappings.Filters()),
    ),
    _read("mappings.get", mappings.get, "mapping", "mapping_id"),
    cases.Case("mappings.create", _create_mapping),
    cases.Case("mappings.update", _end_mapping),
    cases.Case("mappings.delete", _delete_mapping),
    cases.Case("prices.change", _change_price),
    cases.Case("thresholds.change_price", _change_price_of_threshold),
    cases.of_session(
        "mappings.check_name",
        lambda session, world: mappings.check_name(session, "no name"),
    ),
    _read(
        "thresholds.find",
        lambda database: thresholds.find(
            database, hashmap_thresholds.Filters()
        ),
    ),
    _read("thresholds.get", thresholds.get, "threshold", "threshold_id"),
    cases.Case("thresholds.create", _create_threshold),
    cases.Case("thresholds.update", _update_threshold),
    _read("thresholds.delete", thresholds.delete, "threshold", "threshold_id"),
    cases.of_session(
        "slots.find_rows",
        lambda session, world: slots.find_rows(
            session, world.rows.service.service_id, None, None
        ),
    ),
    cases.of_session(
        "slots.find_group_row",
        lambda session, world: slots.find_group_row(
            session, world.rows.group.group_id
        ),
    ),
    cases.of_session(
        "slots.rivals_of_mapping",
        lambda session, world: slots.rivals_of_mapping(
            session,
            hashmap_mappings.get(session, world.rows.mapping.mapping_id),
            None,
        ),
    ),
    cases.of_session(
        "slots.rivals_of_threshold",
        lambda session, world: slots.rivals_of_threshold(
            session,
            hashmap_thresholds.get(session, world.rows.threshold.threshold_id),
            None,
        ),
    ),
]


def public_edits():
    """Yield the functions to cover, by introspection."""
    for found in pkgutil.iter_modules(editing.__path__):
        module = __import__(
            f"{editing.__name__}.{found.name}", fromlist=[found.name]
        )
        yield from cases.functions_with(module, "session", "database")
