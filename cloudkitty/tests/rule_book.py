# SPDX-License-Identifier: Apache-2.0
"""Hashmap rules and points in memory, with short calls."""

import datetime
import decimal
import itertools

from cloudkitty import dataframe
from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.hashmap import price_list
from cloudkitty.tests import base

D = decimal.Decimal
AT = base.utc("2026-11-01T05:00")
START = base.utc("2026-01-01T00:00")


class RuleBook:
    """Collects rules; the order of the calls is that of their rows."""

    def __init__(self):
        self._ids = itertools.count(1)
        self.services = {}
        self.fields = {}
        self.groups = {}
        self.mappings = []
        self.thresholds = []

    def service(self, name):
        """Return the id of a service; create it if needed."""
        if name not in self.services:
            row = next(self._ids)
            self.services[name] = hashmap_services.Service(
                id=row, service_id=f"service-{row}", name=name
            )
        return self.services[name].id

    def field(self, service, name):
        """Return the id of a field; create it if needed."""
        key = (self.service(service), name)
        if key not in self.fields:
            row = next(self._ids)
            self.fields[key] = hashmap_services.Field(
                id=row, field_id=f"field-{row}", name=name, service_id=key[0]
            )
        return self.fields[key].id

    def group(self, name):
        """Return the id of a group; create it if needed."""
        if name is None:
            return None
        if name not in self.groups:
            row = next(self._ids)
            self.groups[name] = hashmap_services.Group(
                id=row, group_id=f"group-{row}", name=name
            )
        return self.groups[name].id

    def map(
        self,
        kind,
        cost,
        field=None,
        value=None,
        *,
        service="cpu",
        group=None,
        tenant=None,
        start=START,
        end=None,
        deleted=None,
    ):
        """Add a mapping; of the service unless ``field`` names one."""
        row = next(self._ids)
        self.mappings.append(
            hashmap_mappings.Mapping(
                mapping_id=f"mapping-{row}",
                value=value,
                name=f"m{row}",
                start=start,
                end=end,
                deleted=deleted,
                **self._common(row, kind, cost, service, field, group, tenant),
            )
        )

    def threshold(
        self,
        kind,
        level,
        cost,
        field=None,
        *,
        service="cpu",
        group=None,
        tenant=None,
    ):
        """Add a threshold; of the quantity unless ``field`` names one."""
        row = next(self._ids)
        self.thresholds.append(
            hashmap_thresholds.Threshold(
                threshold_id=f"threshold-{row}",
                level=None if level is None else D(level),
                **self._common(row, kind, cost, service, field, group, tenant),
            )
        )

    def _common(self, row, kind, cost, service, field, group, tenant):
        return {
            "id": row,
            "cost": D(cost),
            "map_type": kind,
            "service_id": None if field else self.service(service),
            "field_id": self.field(service, field) if field else None,
            "group_id": self.group(group),
            "tenant_id": tenant,
        }

    def rules(self):
        """Return the rules in the order of ``hashmap_rules.load``."""

        def own_last(rule):
            return rule.tenant_id is not None

        return hashmap_rules.Rules(
            services=tuple(self.services.values()),
            fields=tuple(self.fields.values()),
            groups=tuple(self.groups.values()),
            mappings=tuple(sorted(self.mappings, key=own_last)),
            thresholds=tuple(sorted(self.thresholds, key=own_last)),
        )

    def price_list(self):
        """Return a price list of these rules."""
        return price_list.PriceList(self.rules())

    def price(self, a_point=None, *, at=AT, service="cpu"):
        """Return the price of a point by these rules."""
        prices = self.price_list()
        prices.reload(at)
        rated = prices.rate(frame([a_point or point()], service, at))
        return rated.usage[service][0].price


def of(*rules):
    book = RuleBook()
    for method, *arguments in rules:
        options = {}
        if isinstance(arguments[-1], dict):
            options = arguments.pop()
        getattr(book, method)(*arguments, **options)
    return book


def point(qty=3, price=0, groupby=None, **metadata):
    """Return a point; by default of flavor m1 with ram 8."""
    return dataframe.DataPoint(
        "unit",
        D(qty),
        D(price),
        groupby or {},
        metadata or {"flavor": "m1", "ram": "8"},
        "words",
    )


def frame(points, service="cpu", at=AT):
    """Return a frame of one metric."""
    return dataframe.DataFrame(
        at, at + datetime.timedelta(hours=1), {service: list(points)}
    )
