# SPDX-License-Identifier: Apache-2.0
"""``/v1/info/metrics``, and ``/v1/info/services``, its old name."""

import typing

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import validate
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1.info import reading
from cloudkitty.api.v1.info import types
from cloudkitty.policies import info as policy


class Metric(resource.Resource):
    """One metric.

    :param metric_id: name in the path.
    """

    RULES: typing.ClassVar[tuple[str, ...]] = (policy.GET_METRIC,)

    def __init__(self, metric_id: str) -> None:
        self._id = metric_id

    @resource.answers_json
    def get(self) -> types.Metric:
        for rule in self.RULES:
            authorize.authorize(rule)
        args = arguments.read(path={"metric_id": self._id})
        metric_id = args.text("metric_id")
        for metric in _all():
            if metric.metric_id == metric_id:
                return metric
        raise errors.NotFound(
            error_codes.METRIC_NOT_FOUND,
            f"metric {validate.shown(metric_id)} is not rated: GET "
            "/v1/info/metrics lists the rated metrics",
        )


class Service(Metric):
    """The same resource under its old name."""

    RULES = (policy.GET_SERVICE, policy.GET_METRIC)


class Metrics(resource.Resource):
    """All metrics."""

    RULES: typing.ClassVar[tuple[str, ...]] = (policy.LIST_METRICS,)
    BELOW: typing.ClassVar[type[Metric]] = Metric

    def child(self, segments: resource.Segments) -> resource.Below:
        return self.BELOW("/".join(segments)), []

    @resource.answers_json
    def get(self) -> types.Metrics:
        for rule in self.RULES:
            authorize.authorize(rule)
        arguments.read()
        return types.Metrics(metrics=_all())


class Services(Metrics):
    """The same list under its old name."""

    RULES = (policy.LIST_SERVICES, policy.LIST_METRICS)
    BELOW = Service


def _all() -> list[types.Metric]:
    """Return the metrics with their names in data frames, each name once."""
    found: dict[str, types.Metric] = {}
    for definition in reading.read()[0]:
        made = types.Metric.from_definition(definition)
        known = found.setdefault(made.metric_id, made)
        if known is not made:
            # Several definitions may produce points of the same metric.
            known.metadata = list(
                dict.fromkeys([*known.metadata, *made.metadata])
            )
    return list(found.values())
