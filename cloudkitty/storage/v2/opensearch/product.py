# SPDX-License-Identifier: Apache-2.0
"""Differences between OpenSearch and Elasticsearch.

All other requests are equal. Elasticsearch is supported from 7.12 on and
OpenSearch from 2.4 on: earlier versions have no points in time.
"""

import dataclasses
import typing

#: Longest text that an index keeps of a value, in UTF-16 units: a term of
#: Lucene has at most 32,766 bytes. A longer value is returned with its point,
#: but filters and groups handle it as missing.
LONGEST = 8191

_EXACT = {"type": "keyword", "ignore_above": LONGEST}


@dataclasses.dataclass(frozen=True, slots=True)
class Product:
    """One of the two products.

    :param name: for messages.
    :param group: option group.
    :param text: mapping of texts.
    :param open_path: path behind the index that opens a point in time.
    :param pit_key: key of its id in the answer.
    :param close_path: path of the DELETE that closes it.
    """

    name: str
    group: str
    text: dict[str, typing.Any]
    open_path: str
    pit_key: str
    close_path: str

    def close_body(self, pit: str) -> dict[str, typing.Any]:
        """Return the body of the request that closes a point in time."""
        return {self.pit_key: [pit] if self.pit_key == "pit_id" else pit}


OPENSEARCH = Product(
    name="OpenSearch",
    group="storage_opensearch",
    # Upstream's driver groups by the subfield, which the dynamic mapping of
    # its own index has.
    text={**_EXACT, "fields": {"keyword": _EXACT}},
    open_path="_search/point_in_time",
    pit_key="pit_id",
    close_path="_search/point_in_time",
)
ELASTICSEARCH = Product(
    name="Elasticsearch",
    group="storage_elasticsearch",
    text=_EXACT,
    open_path="_pit",
    pit_key="id",
    close_path="_pit",
)
