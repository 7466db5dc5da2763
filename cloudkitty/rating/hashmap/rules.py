# SPDX-License-Identifier: Apache-2.0
"""The rules in force at one time, by service, field and value."""

import collections
import collections.abc
import dataclasses
import datetime
import decimal

from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds

#: The group of the rules that have none.
DEFAULT_GROUP = "_DEFAULT_"
#: Thresholds at or below it never apply.
LOWEST_LEVEL = decimal.Decimal(-1)


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """The effect of one mapping on a group.

    :param flat: True: a price; False: a factor.
    """

    group: str
    flat: bool
    cost: decimal.Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """The effect of one threshold on a group, from ``level`` on."""

    group: str
    level: decimal.Decimal
    flat: bool
    cost: decimal.Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class FieldRules:
    """The rules of one field of a service.

    :param values: text form of the field's value to its rules.
    :param steps: thresholds that can apply.
    :param needs_number: id of a threshold that requires the field's value to
        be a number; None if the field has no threshold.
    """

    name: str
    values: collections.abc.Mapping[str, collections.abc.Sequence[Cost]]
    steps: tuple[Step, ...]
    needs_number: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class ServiceRules:
    """The rules of one service.

    :param name: the metric they are for.
    """

    name: str
    costs: tuple[Cost, ...]
    steps: tuple[Step, ...]
    fields: tuple[FieldRules, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of the rules, by name: sums are rounded in order."""
        rules: list[Cost | Step] = [*self.costs, *self.steps]
        for field in self.fields:
            for costs in field.values.values():
                rules.extend(costs)
            rules.extend(field.steps)
        return tuple(sorted({rule.group for rule in rules}))


def edges(
    mappings: collections.abc.Iterable[hashmap_mappings.Mapping[int]],
) -> list[datetime.datetime]:
    """Return the instants from which on other rules are in force, sorted."""
    found = set()
    for mapping in mappings:
        if mapping.deleted is None:
            found.add(mapping.start)
            if mapping.end is not None:
                found.add(mapping.end)
    return sorted(found)


def in_force(
    mapping: hashmap_mappings.Mapping[int], at: datetime.datetime
) -> bool:
    """Return whether a mapping applies to the period that starts at ``at``."""
    return (
        mapping.deleted is None
        and mapping.start <= at
        and (mapping.end is None or mapping.end > at)
    )


def compile_rules(
    rules: hashmap_rules.Rules, at: datetime.datetime
) -> dict[str, ServiceRules]:
    """Return metric name to the rules that are in force at ``at``.

    The rules of a slot -- group, and value or level -- replace those before
    them: so a scope's own rules win over those of all scopes.
    """
    groups = {group.id: group.name for group in rules.groups}
    slots = _Slots(groups)
    for mapping in rules.mappings:
        if in_force(mapping, at):
            slots.add_mapping(mapping)
    for threshold in rules.thresholds:
        slots.add_threshold(threshold)
    fields = collections.defaultdict(list)
    for field in rules.fields:
        compiled = slots.field_rules(field)
        if compiled.values or compiled.needs_number:
            fields[field.service_id].append(compiled)
    return {
        service.name: slots.service_rules(service, fields[service.id])
        for service in rules.services
    }


class _Slots:
    """Collects rules; a later one takes the place of an earlier."""

    def __init__(self, groups: collections.abc.Mapping[int, str]) -> None:
        self._groups = groups
        self._service_costs: dict[int, dict[str, Cost]] = (
            collections.defaultdict(dict)
        )
        self._field_costs: dict[int, dict[tuple[str, str | None], Cost]] = (
            collections.defaultdict(dict)
        )
        self._service_steps = _steps_by_owner()
        self._field_steps = _steps_by_owner()
        self._field_thresholds: dict[int, str] = {}

    def add_mapping(self, mapping: hashmap_mappings.Mapping[int]) -> None:
        group = self._group(mapping)
        cost = Cost(group, mapping.map_type == "flat", mapping.cost)
        if mapping.service_id is not None:
            self._service_costs[mapping.service_id][group] = cost
        if mapping.field_id is not None:
            slot = (group, mapping.value)
            self._field_costs[mapping.field_id][slot] = cost

    def add_threshold(
        self, threshold: hashmap_thresholds.Threshold[int]
    ) -> None:
        if threshold.field_id is not None:
            self._field_thresholds.setdefault(
                threshold.field_id, threshold.threshold_id
            )
        if threshold.level is None or threshold.level <= LOWEST_LEVEL:
            return
        group = self._group(threshold)
        step = Step(
            group,
            threshold.level,
            threshold.map_type == "flat",
            threshold.cost,
        )
        slot = (group, threshold.level)
        if threshold.service_id is not None:
            self._service_steps[threshold.service_id][slot] = step
        if threshold.field_id is not None:
            self._field_steps[threshold.field_id][slot] = step

    def field_rules(self, field: hashmap_services.Field[int]) -> FieldRules:
        values = collections.defaultdict(list)
        for (_group, value), cost in self._field_costs[field.id].items():
            # A value that the database allows to be NULL equals no text.
            if value is not None:
                values[value].append(cost)
        return FieldRules(
            field.name,
            dict(values),
            tuple(self._field_steps[field.id].values()),
            self._field_thresholds.get(field.id),
        )

    def service_rules(
        self,
        service: hashmap_services.Service,
        fields: collections.abc.Iterable[FieldRules],
    ) -> ServiceRules:
        return ServiceRules(
            service.name,
            tuple(self._service_costs[service.id].values()),
            tuple(self._service_steps[service.id].values()),
            tuple(fields),
        )

    def _group(
        self,
        rule: hashmap_mappings.Mapping[int]
        | hashmap_thresholds.Threshold[int],
    ) -> str:
        if rule.group_id is None:
            return DEFAULT_GROUP
        return self._groups.get(rule.group_id, DEFAULT_GROUP)


def _steps_by_owner() -> dict[int, dict[tuple[str, decimal.Decimal], Step]]:
    return collections.defaultdict(dict)
