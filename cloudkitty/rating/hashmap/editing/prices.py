# SPDX-License-Identifier: Apache-2.0
"""Change the price of a mapping from a time on."""

import dataclasses
import datetime
import decimal
import uuid

from sqlalchemy import orm

from cloudkitty.db import facade
from cloudkitty.db.rules import edit_lock
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.editing import validity
from cloudkitty.rating.hashmap.editing import errors
from cloudkitty.rating.hashmap.editing import slots

_Mapping = hashmap_mappings.Mapping[str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """A price and when it begins.

    :param cost: of the new mapping.
    :param start: aware UTC; None: now.
    """

    cost: decimal.Decimal
    start: datetime.datetime | None = None


def change(
    database: facade.Database,
    mapping_id: str,
    new: NewPrice,
    *,
    user_id: str,
    now: datetime.datetime,
    force: bool = False,
) -> tuple[_Mapping, _Mapping]:
    """End a mapping and create one with another cost from then on.

    The new mapping ends when the old one would have ended. If the price
    begins when the old mapping does, or earlier, the old mapping is deleted:
    the new one applies from the same start.

    :param user_id: the user who changes the price.
    :param now: aware UTC.
    :param force: allow a start in the past.
    :returns: the old and the new mapping.
    :raises NotFound: if no mapping has this UUID, or it is deleted.
    :raises EditError: if the start is in the past, or not before the end.
    """
    now = validity.whole_seconds(now)
    new_id = str(uuid.uuid4())
    start = validity.whole_seconds(new.start or now)
    if start < now and not force:
        raise edit_errors.StartPast("rule", start, now)
    cost = slots.exact_cost(new.cost)

    def work(session: orm.Session) -> tuple[_Mapping, _Mapping]:
        old = hashmap_mappings.get(session, mapping_id)
        made = hashmap_mappings.get(session, new_id)
        if old is not None and made is not None:
            return old, made
        if old is None or old.deleted is not None:
            raise edit_errors.NotFound("mapping")
        if old.end is not None and old.end <= start:
            raise errors.Ended(old.end, start)
        _end(session, old, start, now, user_id)
        _create(
            session,
            old,
            mapping_id=new_id,
            cost=cost,
            # A deleted mapping leaves its name free.
            name=old.name if start <= old.start else None,
            start=max(start, old.start),
            created_at=now,
            created_by=user_id,
        )
        return _get(session, mapping_id), _get(session, new_id)

    return edit_lock.edit(database, slots.MODULE, work)


def _end(
    session: orm.Session,
    old: _Mapping,
    start: datetime.datetime,
    now: datetime.datetime,
    user_id: str,
) -> None:
    if start <= old.start:
        hashmap_mappings.mark_deleted(session, old.id, now, user_id)
        return
    # Also in the past, unlike an update: the new mapping continues there.
    hashmap_mappings.update(session, old.id, end=start, updated_by=user_id)


def _create(session: orm.Session, old: _Mapping, **attributes: object) -> None:
    rows = slots.find_rows(session, old.service_id, old.field_id, old.group_id)
    hashmap_mappings.create(
        session,
        map_type=old.map_type,
        **rows._asdict(),
        value=old.value or "",
        tenant_id=old.tenant_id,
        description=old.description,
        end=old.end,
        **attributes,  # type: ignore[arg-type]
    )


def _get(session: orm.Session, mapping_id: str) -> _Mapping:
    found = hashmap_mappings.get(session, mapping_id)
    if found is None:
        raise edit_errors.NotFound("mapping")
    return found
