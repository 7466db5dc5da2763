# SPDX-License-Identifier: Apache-2.0
"""Services, fields and groups: the owners of rules."""

import collections.abc
import typing
import uuid

from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.db import facade
from cloudkitty.db.rules import edit_lock
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.editing import validity
from cloudkitty.rating.hashmap.editing import errors
from cloudkitty.rating.hashmap.editing import slots

T = typing.TypeVar("T")


def services(database: facade.Database) -> list[hashmap_services.Service]:
    """Return all services."""
    with database.reader() as session:
        return hashmap_services.find_services(session)


def service(
    database: facade.Database, service_id: str
) -> hashmap_services.Service:
    """Return one service.

    :raises NotFound: if no service has this UUID.
    """
    with database.reader() as session:
        return _only(
            "service", hashmap_services.find_services(session, service_id)
        )


def create_service(
    database: facade.Database, name: str
) -> hashmap_services.Service:
    """Create the service of a metric, which can then have rules.

    :param name: the metric's ``alt_name``; not blank, at most 255 characters.
    :raises NameTaken: if the metric already has a service.
    """
    new_id = str(uuid.uuid4())

    def work(session: orm.Session) -> hashmap_services.Service:
        done = hashmap_services.find_services(session, new_id)
        return (
            done[0]
            if done
            else hashmap_services.create_service(session, name, new_id)
        )

    return _create(database, "service", name, work)


def delete_service(database: facade.Database, service_id: str) -> None:
    """Delete a service, its fields, and all rules of both.

    :raises NotFound: if no service has this UUID.
    """
    found = service(database, service_id)
    edit_lock.edit(
        database,
        slots.MODULE,
        lambda session: hashmap_services.delete_service(session, found.id),
    )


def fields(
    database: facade.Database, service_id: str
) -> list[hashmap_services.Field[str]]:
    """Return the fields of a service; empty if it does not exist."""
    with database.reader() as session:
        return hashmap_services.find_fields(session, service_id=service_id)


def field(
    database: facade.Database, field_id: str
) -> hashmap_services.Field[str]:
    """Return one field.

    :raises NotFound: if no field has this UUID.
    """
    with database.reader() as session:
        return _only(
            "field", hashmap_services.find_fields(session, field_id=field_id)
        )


def create_field(
    database: facade.Database, service_id: str, name: str
) -> hashmap_services.Field[str]:
    """Create the field of an attribute, which can then have rules.

    :param service_id: UUID of the service.
    :param name: of the attribute; not blank, at most 255 characters.
    :raises OwnerUnknown: if the service does not exist.
    :raises NameTaken: if the service has this field.
    """
    new_id = str(uuid.uuid4())

    def work(session: orm.Session) -> hashmap_services.Field[str]:
        done = hashmap_services.find_fields(session, field_id=new_id)
        if done:
            return done[0]
        owner = hashmap_services.find_services(session, service_id)
        if not owner:
            raise errors.OwnerUnknown("service")
        made = hashmap_services.create_field(
            session, owner[0].id, name, new_id
        )
        return hashmap_services.Field(
            id=made.id,
            field_id=made.field_id,
            name=made.name,
            service_id=owner[0].service_id,
        )

    return _create(database, "field", name, work)


def delete_field(database: facade.Database, field_id: str) -> None:
    """Delete a field and all its rules.

    :raises NotFound: if no field has this UUID.
    """
    found = field(database, field_id)
    edit_lock.edit(
        database,
        slots.MODULE,
        lambda session: hashmap_services.delete_field(session, found.id),
    )


def groups(database: facade.Database) -> list[hashmap_services.Group]:
    """Return all groups."""
    with database.reader() as session:
        return hashmap_services.find_groups(session)


def group(database: facade.Database, group_id: str) -> hashmap_services.Group:
    """Return one group.

    :raises NotFound: if no group has this UUID.
    """
    with database.reader() as session:
        return _only("group", hashmap_services.find_groups(session, group_id))


def create_group(
    database: facade.Database, name: str
) -> hashmap_services.Group:
    """Create a group.

    :param name: not blank, at most 255 characters.
    :raises NameTaken: if another group has this name.
    """
    new_id = str(uuid.uuid4())

    def work(session: orm.Session) -> hashmap_services.Group:
        done = hashmap_services.find_groups(session, new_id)
        return (
            done[0]
            if done
            else hashmap_services.create_group(session, name, new_id)
        )

    return _create(database, "group", name, work)


def delete_group(
    database: facade.Database, group_id: str, *, recursive: bool = False
) -> None:
    """Delete a group.

    :param recursive: delete its rules too; otherwise they lose their group.
    :raises NotFound: if no group has this UUID.
    :raises UngroupedClash: if a rule without the group would clash with
        another.
    """
    found = group(database, group_id)

    def work(session: orm.Session) -> None:
        if not recursive:
            _check_ungrouped(session, group_id)
        hashmap_services.delete_group(session, found.id, with_rules=recursive)

    edit_lock.edit(database, slots.MODULE, work)


def _check_ungrouped(session: orm.Session, group_id: str) -> None:
    for mapping in hashmap_mappings.find(
        session, hashmap_mappings.Filters(group_id=group_id)
    ):
        try:
            slots.check_rivals(
                validity.Validity.of(mapping),
                slots.rivals_of_mapping(session, mapping, group_id=None),
            )
        except errors.Overlaps as error:
            raise errors.UngroupedClash(
                mapping.mapping_id, error.other
            ) from error
    for threshold in hashmap_thresholds.find(
        session, hashmap_thresholds.Filters(group_id=group_id)
    ):
        for rival in slots.rivals_of_threshold(
            session, threshold, group_id=None
        ):
            raise errors.UngroupedClash(
                threshold.threshold_id, rival.threshold_id
            )


def _create(
    database: facade.Database,
    kind: str,
    name: str,
    work: collections.abc.Callable[[orm.Session], T],
) -> T:
    try:
        return edit_lock.edit(database, slots.MODULE, work)
    except db_exception.DBDuplicateEntry as error:
        raise errors.NameTaken(kind, name) from error


def _only(kind: str, found: collections.abc.Sequence[T]) -> T:
    if not found:
        raise edit_errors.NotFound(kind)
    return found[0]
