# SPDX-License-Identifier: Apache-2.0
"""The rules of hashmap, and changes of their prices."""

import datetime
import decimal
import typing

from osc_lib import exceptions

from cloudkitty.client import http
from cloudkitty.common import money

ROOT = "/v1/rating/module_config/hashmap"
MAPPING = "mapping"
THRESHOLD = "threshold"
#: Code of the error if the start of a price is in the past, or too late.
_VALIDITY = "rating.hashmap.validity_invalid"


def listed(api: http.Api) -> list[http.Item]:
    """Return all rules, sorted by metric and field: one request.

    :returns: rules with the fields of the API, and ``kind``, ``id``,
        ``metric``, ``field`` and ``group``: names, or ``None``. Numbers have
        no zeros at the end, and times have an offset.
    """
    body = api.get(f"{ROOT}/rules")
    names = _Names(body)
    found = [
        _named(kind, rule, names)
        for kind in (MAPPING, THRESHOLD)
        for rule in body[f"{kind}s"]
    ]
    return sorted(found, key=_order)


def find(api: http.Api, kind: str, rule_id: str) -> http.Item:
    """Return one of the rules of ``listed``.

    :raises CommandError: if it does not exist, or is deleted.
    """
    for rule in listed(api):
        if (rule["kind"], rule["id"]) == (kind, rule_id):
            return rule
    raise exceptions.CommandError(
        f"{kind} {rule_id} does not exist: openstack rating hashmap rule "
        f"list shows the ids"
    )


def change_mapping(
    api: http.Api,
    rule: http.Item,
    cost: str,
    start: datetime.datetime | None,
    force: bool,
) -> tuple[http.Item, http.Item]:
    """End a mapping and create one with another price from then on.

    The request is not repeated if there is no response: the first one may
    have ended the mapping.

    :param rule: the mapping, from ``find``.
    :param start: aware time; ``None`` for now.
    :param force: allow a start in the past.
    :returns: the old and the new mapping, as from ``find``.
    :raises ApiError: if the API refuses the request.
    :raises Unreachable: if there is no response; the price may be changed.
    """
    body: http.Item = {"cost": cost}
    if start is not None:
        body["start"] = start.isoformat()
    if force:
        body["force"] = True
    path = f"{ROOT}/mappings/{http.segment(rule['id'])}/price"
    try:
        response = api.post(path, body, {}, repeat=False)
    except http.ApiError as error:
        if error.code != _VALIDITY or "force" not in error.message:
            raise
        raise exceptions.CommandError(
            f"{error}. The option of the command is --force"
        ) from error
    except http.Unreachable as error:
        raise http.Unreachable(
            f"{error}. The price may be changed: openstack rating hashmap "
            f"rule list shows it"
        ) from error
    changed = http.content(response)
    old, new = (
        {**rule, **_readable(each), "id": each["mapping_id"]}
        for each in (changed["old"], changed["new"])
    )
    return old, new


def change_threshold(api: http.Api, rule: http.Item, cost: str) -> http.Item:
    """Change the price of a threshold, return it as from ``find``.

    :param rule: the threshold, from ``find``.
    :raises ApiError: if the API refuses the request.
    """
    path = f"{ROOT}/thresholds/{http.segment(rule['id'])}/price"
    response = api.post(path, {"cost": cost}, {})
    return {**rule, **_readable(http.content(response))}


def described(rule: http.Item) -> str:
    """Return the points to which a rule applies, for a person."""
    if rule["kind"] == THRESHOLD:
        name = rule["field"] or "quantity"
        return f"{rule['metric']}, {name} from {rule['level']} on"
    if rule["field"] is None:
        return f"{rule['metric']}, all points"
    value = rule["value"] or "(without the label)"
    return f"{rule['metric']}, {rule['field']} = {value}"


class _Names:
    """Owners of rules by their ids.

    :param body: the response with all rules.
    """

    def __init__(self, body: http.Item) -> None:
        self.services = _names(body, "service")
        self.groups = _names(body, "group")
        self.fields = {each["field_id"]: each for each in body["fields"]}


def _names(body: http.Item, kind: str) -> dict[str, str]:
    return {each[f"{kind}_id"]: each["name"] for each in body[f"{kind}s"]}


def _named(kind: str, rule: http.Item, names: _Names) -> http.Item:
    field = names.fields.get(rule["field_id"], {})
    service_id = rule["service_id"] or field.get("service_id")
    return {
        **_readable(rule),
        "kind": kind,
        "id": rule[f"{kind}_id"],
        "metric": names.services.get(service_id),
        "field": field.get("name"),
        "group": names.groups.get(rule["group_id"]),
    }


def _readable(rule: http.Item) -> http.Item:
    """Return a rule with short numbers, and with times that have an offset."""
    shown = dict(rule)
    for name in ("cost", "level"):
        if shown.get(name) is not None:
            shown[name] = money.text(decimal.Decimal(shown[name]))
    for name in ("start", "end", "deleted"):
        if shown.get(name) is not None:
            shown[name] = str(http.time(shown[name]))
    return shown


def _order(rule: http.Item) -> tuple[typing.Any, ...]:
    return (
        rule["metric"] or "",
        rule["field"] or "",
        rule["kind"],
        rule.get("value") or "",
        decimal.Decimal(rule.get("level") or 0),
        rule["tenant_id"] or "",
        rule.get("start") or "",
    )
