# SPDX-License-Identifier: Apache-2.0
"""The requests to Gnocchi for one metric, as upstream's collector sends them.

``exact`` is upstream's request: one scope and one period. ``joint`` is one
request for several scopes and periods: it groups by the revisions of each
resource too, from which ``cloudkitty.collector.gnocchi.revisions`` derives
the answers to the exact requests.
"""

import collections.abc
import dataclasses
import datetime
import typing

from cloudkitty.collector import definitions
from cloudkitty.collector import metrics
from cloudkitty.common import exceptions
from cloudkitty.common import periods

_PLAIN = ("mean", "sum", "last", "max", "min", "std", "median", "first")
_METHODS = (*_PLAIN, "count")
_PERCENTILES = tuple(f"{number}pct" for number in range(1, 100))
_RATE = "rate:"


def _with_rates(names: tuple[str, ...]) -> tuple[str, ...]:
    return names + tuple(_RATE + name for name in names)


EXTRA_ARGS = {
    "resource_type": definitions.ExtraArg(mandatory=True),
    "resource_key": definitions.ExtraArg(default="id"),
    "aggregation_method": definitions.ExtraArg(
        default="max", choices=_with_rates(_METHODS + _PERCENTILES)
    ),
    "re_aggregation_method": definitions.ExtraArg(
        default="max", choices=_with_rates(_METHODS)
    ),
    "force_granularity": definitions.ExtraArg(default=3600, kind=int),
    "use_all_resource_revisions": definitions.ExtraArg(
        default=True, kind=bool
    ),
    "custom_query": definitions.ExtraArg(default=""),
}
#: Attributes that identify a resource.
IDENTITIES = ("id", "original_resource_id")
#: Attributes that a joint request groups by, besides the metric's.
REVISION = "revision_start"
IDENTITY = "id"

Body = dict[str, typing.Any]
Parameters = list[tuple[str, str]]


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """The parameters of the requests for one metric.

    :param metric: its ``groupby`` includes ``resource_key``.
    :param seconds: length of a period.
    """

    metric: metrics.Metric
    scope_key: str
    seconds: int

    @property
    def resource_type(self) -> str:
        """The resource type."""
        return str(self.metric.extra_args["resource_type"])

    @property
    def granularity(self) -> int:
        """Seconds; 0 if Gnocchi chooses."""
        return int(self.metric.extra_args["force_granularity"])

    @property
    def all_revisions(self) -> bool:
        """Whether each group of a resource is a point of its own."""
        return bool(self.metric.extra_args["use_all_resource_revisions"])

    @property
    def joinable(self) -> bool:
        """Whether one request may be for several scopes.

        Each group must be one resource, and no value may depend on those of
        other periods.
        """
        args = self.metric.extra_args
        return (
            not args["custom_query"]
            and not args["re_aggregation_method"].startswith(_RATE)
            and any(name in self.metric.groupby for name in IDENTITIES)
        )

    def joins_periods(self, window: periods.Window) -> bool:
        """Return whether one request may be for all periods of a window."""
        step = self.granularity
        return (
            self.joinable
            and step > 0
            and self.seconds % step == 0
            and window.begin.timestamp() % step == 0
        )

    def exact(
        self, scope_id: str, period: periods.Window
    ) -> tuple[Body, Parameters]:
        """Return body and parameters of upstream's request.

        Where the revisions of a resource become one point, each is a group,
        or the order of Gnocchi's answer would choose the attributes.
        """
        begin = period.begin
        args = self.metric.extra_args
        if args["re_aggregation_method"].startswith(_RATE):
            begin -= datetime.timedelta(seconds=self.granularity)
        search = {"=": {self.scope_key: scope_id}}
        groupby = list(self.metric.groupby)
        if not self.all_revisions and REVISION not in groupby:
            groupby.append(REVISION)
        return self._request(search, groupby, begin, period.end)

    def joint(
        self, scope_ids: collections.abc.Sequence[str], window: periods.Window
    ) -> tuple[Body, Parameters]:
        """Return body and parameters for several scopes and periods."""
        names = dict.fromkeys((*self.metric.groupby, IDENTITY, REVISION))
        return self._request(
            self.scopes(scope_ids), list(names), window.begin, window.end
        )

    def scopes(self, scope_ids: collections.abc.Sequence[str]) -> Body:
        """Return the search for resources of some scopes."""
        if len(scope_ids) == 1:
            return {"=": {self.scope_key: scope_ids[0]}}
        return {"in": {self.scope_key: list(scope_ids)}}

    def _request(
        self,
        search: Body,
        groupby: list[str],
        begin: datetime.datetime,
        end: datetime.datetime,
    ) -> tuple[Body, Parameters]:
        parameters = [
            ("details", "False"),
            ("use_history", "True"),
            ("start", begin.isoformat()),
            ("stop", end.isoformat()),
            *(("groupby", name) for name in groupby),
        ]
        if self.granularity:
            parameters.append(("granularity", str(self.granularity)))
        body = {
            "operations": self._operations(),
            "resource_type": self.resource_type,
            "search": {"and": [{"=": {"type": self.resource_type}}, search]},
        }
        return body, parameters

    def _operations(self) -> str | list[typing.Any]:
        args = self.metric.extra_args
        again, method = (
            args["re_aggregation_method"],
            args["aggregation_method"],
        )
        if not args["custom_query"]:
            name = self.metric.name
            return ["aggregate", again, ["metric", name, method]]
        text = str(args["custom_query"])
        # The longer word first: it contains the other one.
        for word, value in (
            ("RE_AGGREGATION_METHOD", again),
            ("AGGREGATION_METHOD", method),
            ("METRIC_NAME", self.metric.name),
        ):
            text = text.replace(word, value)
        return text


def make(metric: metrics.Metric, scope_key: str, seconds: int) -> Query:
    """Return the query of a definition.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the
        collector cannot serve it.
    """
    key = metric.extra_args["resource_key"]
    if key not in metric.groupby:
        metric = dataclasses.replace(metric, groupby=(*metric.groupby, key))
    if not metric.extra_args["use_all_resource_revisions"] and not any(
        name in metric.groupby for name in IDENTITIES
    ):
        raise exceptions.InvalidConfiguration(
            f"metric {metric.name}: extra_args: use_all_resource_revisions: "
            "false needs id in groupby"
        )
    return Query(metric, scope_key, seconds)
