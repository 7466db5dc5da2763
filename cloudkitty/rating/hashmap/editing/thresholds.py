# SPDX-License-Identifier: Apache-2.0
"""Thresholds: find, create, update, delete."""

import dataclasses
import decimal
import typing
import uuid

from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.db import facade
from cloudkitty.db.rules import edit_lock
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.hashmap.editing import errors
from cloudkitty.rating.hashmap.editing import slots


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewThreshold:
    """The attributes of a new or updated threshold.

    :param service_id: UUID of the owner; None if ``field_id`` is given.
    :param map_type: ``flat`` or ``rate``.
    """

    level: decimal.Decimal
    cost: decimal.Decimal
    map_type: str = "flat"
    service_id: str | None = None
    field_id: str | None = None
    group_id: str | None = None
    tenant_id: str | None = None


def find(
    database: facade.Database, filters: hashmap_thresholds.Filters
) -> list[hashmap_thresholds.Threshold[str]]:
    """Return the thresholds that pass the filters."""
    with database.reader() as session:
        return hashmap_thresholds.find(session, filters)


def get(
    database: facade.Database, threshold_id: str
) -> hashmap_thresholds.Threshold[str]:
    """Return one threshold.

    :raises NotFound: if no threshold has this UUID.
    """
    with database.reader() as session:
        return _get(session, threshold_id)


def create(
    database: facade.Database, new: NewThreshold
) -> hashmap_thresholds.Threshold[str]:
    """Create a threshold.

    :raises EditError: if it is not valid, or its level is taken.
    """
    slots.check_owner(new.service_id, new.field_id)
    wanted = hashmap_thresholds.Threshold(
        id=0,
        threshold_id=str(uuid.uuid4()),
        **{**dataclasses.asdict(new), **_numbers(new)},
    )

    def work(session: orm.Session) -> hashmap_thresholds.Threshold[str]:
        done = hashmap_thresholds.get(session, wanted.threshold_id)
        if done is not None:
            return done
        rows = slots.find_rows(
            session, wanted.service_id, wanted.field_id, wanted.group_id
        )
        _check_level(session, wanted)
        hashmap_thresholds.create(
            session,
            threshold_id=wanted.threshold_id,
            **_numbers(new),
            map_type=wanted.map_type,
            **rows._asdict(),
            tenant_id=wanted.tenant_id,
        )
        return _get(session, wanted.threshold_id)

    return _edit(database, work)


def update(
    database: facade.Database,
    threshold_id: str,
    new: NewThreshold,
    *,
    keep_group: bool,
) -> hashmap_thresholds.Threshold[str]:
    """Replace the attributes of a threshold.

    :param new: its owner is None or that of the threshold.
    :param keep_group: keep the stored group and ignore that of ``new``.
    :raises NotFound: if no threshold has this UUID.
    :raises EditError: if the change is not allowed.
    """

    def work(session: orm.Session) -> hashmap_thresholds.Threshold[str]:
        stored = _get(session, threshold_id)
        for name in ("service_id", "field_id"):
            wanted_owner = getattr(new, name)
            if wanted_owner not in (None, getattr(stored, name)):
                raise errors.OwnerFixed()
        wanted = dataclasses.replace(
            stored,
            **_numbers(new),
            map_type=new.map_type,
            tenant_id=new.tenant_id,
            group_id=stored.group_id if keep_group else new.group_id,
        )
        if wanted == stored:
            return stored
        group_row = slots.find_group_row(session, wanted.group_id)
        _check_level(session, wanted)
        hashmap_thresholds.update(
            session,
            stored.id,
            **_numbers(new),
            map_type=wanted.map_type,
            tenant_id=wanted.tenant_id,
            group_id=group_row,
        )
        return _get(session, threshold_id)

    return _edit(database, work)


def change_price(
    database: facade.Database, threshold_id: str, cost: decimal.Decimal
) -> hashmap_thresholds.Threshold[str]:
    """Change only the cost of a threshold: it has no validity.

    :param cost: price of one unit, or a factor.
    :returns: the changed threshold.
    :raises NotFound: if no threshold has this UUID.
    :raises EditError: if the column would round the cost.
    """
    cost = slots.exact_cost(cost)

    def work(session: orm.Session) -> hashmap_thresholds.Threshold[str]:
        stored = _get(session, threshold_id)
        # Only this column: the request has no other attribute.
        hashmap_thresholds.update(session, stored.id, cost=cost)
        return _get(session, threshold_id)

    return edit_lock.edit(database, slots.MODULE, work)


def delete(database: facade.Database, threshold_id: str) -> None:
    """Delete a threshold.

    :raises NotFound: if no threshold has this UUID.
    """
    stored = get(database, threshold_id)
    edit_lock.edit(
        database,
        slots.MODULE,
        lambda session: hashmap_thresholds.delete(session, stored.id),
    )


def _get(
    session: orm.Session, threshold_id: str
) -> hashmap_thresholds.Threshold[str]:
    found = hashmap_thresholds.get(session, threshold_id)
    if found is None:
        raise edit_errors.NotFound("threshold")
    return found


def _numbers(new: NewThreshold) -> dict[str, typing.Any]:
    return {
        "level": slots.exact_level(new.level),
        "cost": slots.exact_cost(new.cost),
    }


def _check_level(
    session: orm.Session, wanted: hashmap_thresholds.Threshold[str]
) -> None:
    for rival in slots.rivals_of_threshold(session, wanted, wanted.group_id):
        raise errors.LevelTaken(rival.threshold_id)


def _edit(
    database: facade.Database, work: typing.Any
) -> hashmap_thresholds.Threshold[str]:
    try:
        return edit_lock.edit(database, slots.MODULE, work)
    except db_exception.DBDuplicateEntry as error:
        # The collation of the table's unique key may ignore a trailing blank
        # of the tenant, which the check above does not.
        raise errors.LevelTaken() from error
