# SPDX-License-Identifier: Apache-2.0
"""The demo's prices, set and corrected by REST."""

import collections.abc
import datetime
import typing

import requests

from demo_parts import sample

_TIMEOUT = 30


class Prices:
    """The rules of hashmap.

    :param url: address of the API, without a path.
    :param begin: from when on the prices are in force; aware UTC.
    :param tell: called with method, URL and body of each request that
        changes something.
    """

    def __init__(
        self,
        url: str,
        begin: datetime.datetime,
        tell: collections.abc.Callable[[str, str, object], None],
    ) -> None:
        self._rating = f"{url}/v1/rating"
        self._begin = begin
        self._tell = tell
        self._flavor = ""
        self._wrong = ""

    def set_up(self) -> None:
        """Set all prices, that of large instances wrong."""
        self._send("PUT", "modules/hashmap", enabled=True)
        volume = self._make("services", name="volume.size")["service_id"]
        self._map(service_id=volume, cost=sample.VOLUME_PRICE)
        instance = self._make("services", name="instance")["service_id"]
        self._flavor = self._make(
            "fields", name="flavor", service_id=instance
        )["field_id"]
        self._price("small", sample.INSTANCE_PRICES["small"])
        self._wrong = self._price("large", sample.WRONG_LARGE)

    def correct(self) -> None:
        """Put the right price in the place of the wrong one."""
        self._send("DELETE", f"module_config/hashmap/mappings/{self._wrong}")
        self._price("large", sample.INSTANCE_PRICES["large"])

    def _price(self, flavor: str, price: str) -> str:
        """Return the id of a new mapping."""
        return self._map(field_id=self._flavor, value=flavor, cost=price)

    def _map(self, **body: typing.Any) -> str:
        # From a time that is past: it is to count for the three days.
        start = self._begin.strftime("%Y-%m-%dT%H:%M:%SZ")
        made = self._make("mappings?force=true", start=start, **body)
        return made["mapping_id"]

    def _make(self, kind: str, **body: typing.Any) -> dict[str, typing.Any]:
        return self._send("POST", f"module_config/hashmap/{kind}", **body)

    def _send(
        self, method: str, path: str, **body: typing.Any
    ) -> dict[str, typing.Any]:
        url = f"{self._rating}/{path}"
        self._tell(method, url, body or None)
        answer = requests.request(
            method, url, json=body or None, timeout=_TIMEOUT
        )
        answer.raise_for_status()
        return answer.json() if answer.content else {}
