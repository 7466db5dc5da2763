# SPDX-License-Identifier: Apache-2.0
"""Mappings and thresholds of hashmap, for display."""

import dataclasses
import datetime
import decimal
import typing

from django.utils.translation import gettext as _

from cloudkitty_reprocess_dashboard import rows

MAPPING = "mapping"
THRESHOLD = "threshold"


@dataclasses.dataclass(frozen=True)
class Rule:
    """A mapping or a threshold.

    :param kind: ``MAPPING`` or ``THRESHOLD``.
    :param item: JSON of the rule.
    :param metric: name of the service.
    :param field: name of the field, or "" for a rule of the service.
    :param group: name of the group, or "".
    :param scope: name of the project, or "" for all.
    """

    kind: str
    item: rows.Item
    metric: str
    field: str
    group: str
    scope: str

    @property
    def id(self) -> str:
        return self.item[f"{self.kind}_id"]

    @property
    def scope_id(self) -> str:
        """Id of the scope, or "" for all."""
        return self.item["tenant_id"] or ""

    @property
    def is_rate(self) -> bool:
        """Whether the cost is a factor."""
        return self.item["type"] == "rate"

    @property
    def cost(self) -> str:
        """All digits, without zeros at the end."""
        return _short(self.item["cost"])

    @property
    def applies_to(self) -> str:
        """The points to which it applies."""
        if self.kind == THRESHOLD:
            if self.item["level"] is None:
                # The column allows it.
                return _("no points: it has no level")
            name = self.field or _("quantity")
            level = _short(self.item["level"])
            return _("%(name)s from %(level)s on") % {
                "name": name,
                "level": level,
            }
        if not self.field:
            return _("all points")
        value = self.item["value"] or _("(without the label)")
        return f"{self.field} = {value}"

    @property
    def start(self) -> datetime.datetime | None:
        """None for a threshold, which has no times."""
        return _time(self.item.get("start"))

    @property
    def end(self) -> datetime.datetime | None:
        return _time(self.item.get("end"))

    @property
    def order(self) -> tuple[str, ...]:
        """Key of sorting."""
        return (
            self.metric,
            self.field,
            self.kind,
            self.applies_to,
            self.scope,
            self.item.get("start") or "",
        )


def read(body: rows.Item, projects: dict[str, str]) -> list[Rule]:
    """Return all rules in the API's JSON, by metric.

    :param projects: names of projects by ids.
    """
    metrics = {each["service_id"]: each["name"] for each in body["services"]}
    fields = {each["field_id"]: each for each in body["fields"]}
    groups = {each["group_id"]: each["name"] for each in body["groups"]}
    found = []
    for kind in (MAPPING, THRESHOLD):
        for item in body[f"{kind}s"]:
            field = fields.get(item["field_id"], {})
            service_id = item["service_id"] or field.get("service_id", "")
            scope_id: str = item["tenant_id"] or ""
            found.append(
                Rule(
                    kind,
                    item,
                    metrics.get(service_id, service_id),
                    field.get("name", ""),
                    groups.get(item["group_id"], ""),
                    projects.get(scope_id, scope_id),
                )
            )
    return sorted(found, key=lambda rule: rule.order)


def find(rules: list[Rule], kind: str, rule_id: str) -> Rule | None:
    """Return the rule with an id."""
    for rule in rules:
        if (rule.kind, rule.id) == (kind, rule_id):
            return rule
    return None


def _short(number: str) -> str:
    return f"{decimal.Decimal(number).normalize():f}"


def _time(text: typing.Any) -> datetime.datetime | None:
    # The API sends times of rules in UTC, without an offset.
    moment = rows.time(text)
    return moment.replace(tzinfo=datetime.UTC) if moment else None
