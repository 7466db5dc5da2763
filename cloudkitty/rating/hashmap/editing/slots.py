# SPDX-License-Identifier: Apache-2.0
"""Find the rules of a slot, of which only one can apply at a time."""

import collections.abc
import decimal
import typing

from sqlalchemy import orm

from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import numbers as rule_numbers
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.editing import validity
from cloudkitty.rating.hashmap.editing import errors

#: Name of the rating module.
MODULE = "hashmap"


class _HasRow(typing.Protocol):
    @property
    def id(self) -> int: ...


class Rows(typing.NamedTuple):
    """Row ids of the owner and the group of a rule."""

    service_id: int | None
    field_id: int | None
    group_id: int | None


def check_owner(service_id: str | None, field_id: str | None) -> None:
    """Check that there is exactly one owner.

    :raises OwnerInvalid: if not.
    """
    if (service_id is None) == (field_id is None):
        raise errors.OwnerInvalid()


def find_rows(
    session: orm.Session,
    service_id: str | None,
    field_id: str | None,
    group_id: str | None,
) -> Rows:
    """Return the row ids of the owner and the group with these UUIDs.

    :raises OwnerUnknown: if one of them does not exist.
    """
    return Rows(
        _row(
            "service",
            service_id,
            lambda given: hashmap_services.find_services(session, given),
        ),
        _row(
            "field",
            field_id,
            lambda given: hashmap_services.find_fields(
                session, field_id=given
            ),
        ),
        find_group_row(session, group_id),
    )


def find_group_row(session: orm.Session, group_id: str | None) -> int | None:
    """Return the row id of a group; None if ``group_id`` is None.

    :raises OwnerUnknown: if the group does not exist.
    """
    return _row(
        "group",
        group_id,
        lambda given: hashmap_services.find_groups(session, given),
    )


def slot(mapping: hashmap_mappings.Mapping[str]) -> tuple[str | None, ...]:
    """Return the attributes that are equal in all mappings of a slot."""
    return (
        mapping.service_id,
        mapping.field_id,
        mapping.value or None,
        mapping.group_id,
        mapping.tenant_id,
    )


def check_rivals(
    valid: validity.Validity,
    rivals: collections.abc.Iterable[hashmap_mappings.Mapping[str]],
    before: validity.Validity | None = None,
) -> None:
    """Check that none of the ``rivals`` is in force at the same time.

    :param rivals: the other mappings of the slot.
    :param before: the previous validity of the mapping in the same slot.
        Mappings that overlap it, in a database of upstream, may still do so.
    :raises Overlaps: for the first rival that overlaps.
    """
    for rival in rivals:
        other = validity.Validity.of(rival)
        if before is not None and before.overlaps(other):
            continue
        if valid.overlaps(other):
            raise errors.Overlaps(rival.mapping_id)


def rivals_of_mapping(
    session: orm.Session,
    mapping: hashmap_mappings.Mapping[str],
    group_id: str | None,
) -> list[hashmap_mappings.Mapping[str]]:
    """Return the other mappings of the slot.

    :param group_id: UUID of the group to search.
    """
    return [
        rival
        for rival in hashmap_mappings.find_rivals(
            session,
            service_id=mapping.service_id,
            field_id=mapping.field_id,
            group_id=group_id,
            value=mapping.value,
            tenant_id=mapping.tenant_id,
        )
        if rival.mapping_id != mapping.mapping_id
    ]


def rivals_of_threshold(
    session: orm.Session,
    threshold: hashmap_thresholds.Threshold[str],
    group_id: str | None,
) -> list[hashmap_thresholds.Threshold[str]]:
    """Return the other thresholds at the same level.

    :param group_id: UUID of the group to search. A scope's own thresholds
        are searched in all groups, like the unique keys of the table.
    """
    own = threshold.tenant_id is not None
    found = hashmap_thresholds.find(
        session,
        hashmap_thresholds.Filters(
            service_id=threshold.service_id,
            field_id=threshold.field_id,
            group_id=None if own else group_id,
            no_group=not own and group_id is None,
            tenant_id=threshold.tenant_id,
            general=not own,
        ),
    )
    return [
        rival
        for rival in found
        if rival.level == threshold.level
        and rival.threshold_id != threshold.threshold_id
    ]


def exact_cost(value: decimal.Decimal) -> decimal.Decimal:
    """Return a cost in its shortest form.

    :raises NumberInvalid: if the column would round it.
    """
    try:
        return rule_numbers.exact_cost(value)
    except ValueError as error:
        raise errors.NumberInvalid(str(error)) from error


def exact_level(value: decimal.Decimal) -> decimal.Decimal:
    """Return a level in its shortest form.

    :raises NumberInvalid: if the column would round it.
    """
    try:
        return rule_numbers.exact_level(value)
    except ValueError as error:
        raise errors.NumberInvalid(str(error)) from error


def _row(
    kind: str,
    given: str | None,
    find: collections.abc.Callable[[str], collections.abc.Sequence[_HasRow]],
) -> int | None:
    if given is None:
        return None
    found = find(given)
    if not found:
        raise errors.OwnerUnknown(kind)
    return found[0].id
