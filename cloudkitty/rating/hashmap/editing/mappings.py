# SPDX-License-Identifier: Apache-2.0
"""Mappings: find, create, update, delete."""

import dataclasses
import datetime
import decimal
import typing
import uuid

from sqlalchemy import orm

from cloudkitty.db import facade
from cloudkitty.db.rules import edit_lock
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.editing import updates
from cloudkitty.rating.editing import validity
from cloudkitty.rating.hashmap.editing import errors
from cloudkitty.rating.hashmap.editing import slots


def _blank_is_value(mapping: hashmap_mappings.Mapping[str], name: str) -> bool:
    """Return whether it is the value of the points without the label."""
    return name == "value" and mapping.field_id is not None


UPDATES = updates.Kind(
    noun="rule",
    owners=("service_id", "field_id"),
    can_be_empty=("end", "description", "group_id", "tenant_id"),
    convert={"cost": slots.exact_cost},
    blank_is_null=True,
    blank_is_value=_blank_is_value,
    api_names={"map_type": "type"},
    owner_error=errors.OwnerFixed,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewMapping:
    """The attributes of a new mapping.

    :param service_id: UUID of the owner; None if ``field_id`` is given.
    :param value: of the field; ``""`` applies to points without the label.
        None or ``""`` for a mapping of a service.
    :param map_type: ``flat`` or ``rate``.
    :param name: at most 32 characters; None: generated.
    :param start: aware UTC; None: now.
    :param end: aware UTC; None: unlimited.
    """

    cost: decimal.Decimal
    map_type: str = "flat"
    service_id: str | None = None
    field_id: str | None = None
    group_id: str | None = None
    tenant_id: str | None = None
    value: str | None = None
    name: str | None = None
    description: str | None = None
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None


def find(
    database: facade.Database, filters: hashmap_mappings.Filters
) -> list[hashmap_mappings.Mapping[str]]:
    """Return the mappings that pass the filters."""
    with database.reader() as session:
        return hashmap_mappings.find(session, filters)


def get(
    database: facade.Database, mapping_id: str
) -> hashmap_mappings.Mapping[str]:
    """Return one mapping, also a deleted one.

    :raises NotFound: if no mapping has this UUID.
    """
    with database.reader() as session:
        return _get(session, mapping_id)


def create(
    database: facade.Database,
    new: NewMapping,
    *,
    user_id: str,
    now: datetime.datetime,
    force: bool = False,
) -> hashmap_mappings.Mapping[str]:
    """Create a mapping.

    :param user_id: the user who creates it.
    :param now: aware UTC.
    :param force: allow a start in the past.
    :raises EditError: if it is not valid, or clashes with another.
    """
    now = validity.whole_seconds(now)
    new_id = str(uuid.uuid4())
    valid = validity.of_new(UPDATES.noun, new.start, new.end, now, force=force)
    slots.check_owner(new.service_id, new.field_id)
    check_value(new.field_id is not None, new.value)
    cost = slots.exact_cost(new.cost)

    def work(session: orm.Session) -> hashmap_mappings.Mapping[str]:
        done = hashmap_mappings.get(session, new_id)
        if done is not None:
            return done
        rows = slots.find_rows(
            session, new.service_id, new.field_id, new.group_id
        )
        name = new.name or uuid.UUID(new_id).hex
        check_name(session, name)
        _check_slot(session, new, valid)
        hashmap_mappings.create(
            session,
            mapping_id=new_id,
            cost=cost,
            map_type=new.map_type,
            **rows._asdict(),
            value=new.value or "",
            tenant_id=new.tenant_id,
            name=name,
            description=new.description,
            start=valid.start,
            end=valid.end,
            created_at=now,
            created_by=user_id,
        )
        return _get(session, new_id)

    return edit_lock.edit(database, slots.MODULE, work)


def update(
    database: facade.Database,
    mapping_id: str,
    given: updates.Given,
    *,
    user_id: str,
    now: datetime.datetime,
) -> hashmap_mappings.Mapping[str]:
    """Change a mapping; see ``updates`` for the allowed changes.

    :param given: attributes with their new values.
    :param user_id: the user who changes it.
    :param now: aware UTC.
    :raises NotFound: if no mapping has this UUID, or it is deleted.
    :raises EditError: if the change is not allowed.
    """
    now = validity.whole_seconds(now)

    def work(session: orm.Session) -> hashmap_mappings.Mapping[str]:
        stored = _get(session, mapping_id)
        if stored.deleted is not None:
            raise edit_errors.NotFound("mapping")
        wanted = updates.apply(UPDATES, stored, given, now)
        if wanted == stored:
            return stored
        columns = _columns(stored, wanted)
        if "group_id" in columns:
            columns["group_id"] = slots.find_group_row(
                session, wanted.group_id
            )
        check_value(wanted.field_id is not None, wanted.value)
        if wanted.name != stored.name:
            check_name(session, wanted.name, mapping_id)
        _check_moved(session, stored, wanted)
        hashmap_mappings.update(
            session, stored.id, **columns, updated_by=user_id
        )
        return _get(session, mapping_id)

    return edit_lock.edit(database, slots.MODULE, work)


def delete(
    database: facade.Database,
    mapping_id: str,
    *,
    user_id: str,
    now: datetime.datetime,
) -> None:
    """Mark a mapping as deleted: it no longer applies to any period.

    :raises NotFound: if no mapping has this UUID, or it is deleted.
    """
    stored = get(database, mapping_id)
    if stored.deleted is not None:
        raise edit_errors.NotFound("mapping")
    at = validity.whole_seconds(now)
    edit_lock.edit(
        database,
        slots.MODULE,
        lambda session: hashmap_mappings.mark_deleted(
            session, stored.id, at, user_id
        ),
    )


def check_value(of_field: bool, value: str | None) -> None:
    """Check that a value is given for a field and only for a field.

    :raises ValueInvalid: if not.
    """
    if of_field and value is None:
        raise errors.ValueInvalid(
            "value is missing: a mapping of a field needs the value to which "
            'it applies; "" applies to points without the label'
        )
    if value and not of_field:
        raise errors.ValueInvalid(
            "value is not allowed here: a mapping of a service applies to "
            "all its points; omit value, or send field_id instead"
        )


def check_name(
    session: orm.Session, name: str, mapping_id: str | None = None
) -> None:
    """Check that no other mapping in use has the name.

    :raises NameTaken: if another mapping has it.
    """
    same = hashmap_mappings.find(session, hashmap_mappings.Filters(name=name))
    if any(other.mapping_id != mapping_id for other in same):
        raise errors.NameTaken("mapping", name)


def _get(
    session: orm.Session, mapping_id: str
) -> hashmap_mappings.Mapping[str]:
    found = hashmap_mappings.get(session, mapping_id)
    if found is None:
        raise edit_errors.NotFound("mapping")
    return found


def _check_slot(
    session: orm.Session, new: NewMapping, valid: validity.Validity
) -> None:
    rivals = hashmap_mappings.find_rivals(
        session,
        service_id=new.service_id,
        field_id=new.field_id,
        group_id=new.group_id,
        value=new.value,
        tenant_id=new.tenant_id,
    )
    slots.check_rivals(valid, rivals)


def _check_moved(
    session: orm.Session,
    stored: hashmap_mappings.Mapping[str],
    wanted: hashmap_mappings.Mapping[str],
) -> None:
    valid = validity.Validity.of(wanted)
    valid.check()
    before = None
    if slots.slot(stored) == slots.slot(wanted):
        before = validity.Validity.of(stored)
    rivals = slots.rivals_of_mapping(session, wanted, wanted.group_id)
    slots.check_rivals(valid, rivals, before)


def _columns(
    stored: hashmap_mappings.Mapping[str],
    wanted: hashmap_mappings.Mapping[str],
) -> dict[str, typing.Any]:
    return {
        field.name: getattr(wanted, field.name)
        for field in dataclasses.fields(stored)
        if getattr(wanted, field.name) != getattr(stored, field.name)
    }
