# SPDX-License-Identifier: Apache-2.0
"""Measures and metadata of some scopes in one window, from Gnocchi."""

import collections
import collections.abc
import decimal

from cloudkitty.collector.gnocchi import query as gnocchi_query
from cloudkitty.collector.gnocchi import resources
from cloudkitty.collector.gnocchi import revisions
from cloudkitty.common import periods
from cloudkitty.common.gnocchi import client as gnocchi_client

_AGGREGATES = "aggregates"
#: Statuses of a request that Gnocchi understood and refused, perhaps because
#: of one resource.
REFUSED = (400, 404)

Row = tuple[dict[str, str], tuple[int, decimal.Decimal]]


class TooMuch(Exception):
    """An answer is too large.

    :param divisible: whether a request for fewer periods is smaller.
    """

    def __init__(self, text: str, *, divisible: bool) -> None:
        super().__init__(text)
        self.divisible = divisible


class Batch:
    """The values of some scopes in the periods of a window.

    :param scope_ids: one, if the query is not joinable.
    :param window: one period, if the query does not join those of it.
    :param most: limit of the measures of a request for several periods.
    :ivar values: those of each scope that has any.
    :raises TooMuch: for an answer beyond a limit.
    :raises gnocchi_client.GnocchiError: if Gnocchi cannot be queried.
    :raises revisions.Malformed: if its answer is malformed.
    """

    def __init__(
        self,
        client: gnocchi_client.Client,
        query: gnocchi_query.Query,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
        most: int,
    ) -> None:
        self._client = client
        self._query = query
        self.scope_ids = scope_ids
        self.window = window
        self.periods = window.periods(query.seconds)
        self.values: dict[str, list[revisions.Value]] = {}
        self._metadata: resources.Metadata | None = None
        several = len(self.periods) > 1
        try:
            if len(scope_ids) == 1 and not several:
                self._request_exactly(scope_ids[0], 0)
            else:
                self._request_jointly(most if several else None)
            if query.metric.metadata and self.values:
                self._metadata = resources.Metadata(
                    client, query, scope_ids, window
                )
        except gnocchi_client.GnocchiError as err:
            if not err.divisible:
                raise
            raise TooMuch(str(err), divisible=several) from None
        except revisions.TooManyMeasures as err:
            raise TooMuch(
                f"{client.server} answered more than {err} measures for "
                f"{len(self.periods)} periods",
                divisible=several,
            ) from None

    def rows(
        self,
        scope_id: str,
        values: collections.abc.Iterable[
            tuple[revisions.Value, decimal.Decimal]
        ],
    ) -> list[Row]:
        """Return attributes and quantity of each value with a resource."""
        found = []
        names = self._query.metric.groupby
        for value, quantity in values:
            labels: dict[str, str] | None = {}
            if self._metadata is not None:
                labels = self._metadata.find(
                    scope_id, value.attributes, self.periods[value.index]
                )
            if labels is not None:
                own = {
                    name: resources.text_of(value.attributes.get(name))
                    for name in names
                }
                found.append((labels | own, (value.index, quantity)))
        return found

    def _request_exactly(self, scope_id: str, index: int) -> None:
        """Replace the values of a scope in one period."""
        kept = [
            value
            for value in self.values.get(scope_id, ())
            if value.index != index
        ]
        period = self.periods[index]
        body, parameters = self._query.exact(scope_id, period)
        groups: list[gnocchi_client.Item] = []
        try:
            groups.extend(self._client.post(_AGGREGATES, body, parameters))
        except gnocchi_client.NoMetric:
            pass
        kept += [
            revisions.Value(index, value.attributes, value.number)
            for value in revisions.of_exact(groups, self._query)
            if value.attributes.get(self._query.scope_key) == scope_id
        ]
        self.values[scope_id] = kept

    def _request_jointly(self, most: int | None) -> None:
        body, parameters = self._query.joint(self.scope_ids, self.window)
        begin = self.window.begin.timestamp()
        answer = revisions.Answer(self._query, begin, len(self.periods), most)
        try:
            for item in self._client.post(_AGGREGATES, body, parameters):
                answer.add(item)
        except gnocchi_client.NoMetric:
            return
        # Gnocchi's database may compare without case or trailing spaces.
        asked = set(self.scope_ids)
        values = collections.defaultdict(list)
        for scope_id, value in answer.values():
            if scope_id in asked:
                values[scope_id].append(value)
        self.values = values
        doubts = [each for each in answer.doubtful() if each.scope_id in asked]
        for scope_id, index in sorted(
            resources.earlier(
                self._client, self._query, self.scope_ids, self.window, doubts
            )
        ):
            self._request_exactly(scope_id, index)
