# SPDX-License-Identifier: Apache-2.0
"""Scopes from the attributes of the resources in Gnocchi."""

import typing

from oslo_config import cfg

from cloudkitty.common.gnocchi import client as gnocchi_client
from cloudkitty.fetcher import base

GROUP = "fetcher_gnocchi"
#: Seconds of one exchange if ``timeout`` is not set.
_SECONDS = 60


class GnocchiFetcher(base.Fetcher):
    """Reads the values of ``scope_attribute`` in the resources."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        options = conf[GROUP]
        self._attribute: str = options.scope_attribute
        self._types: list[str] = list(dict.fromkeys(options.resource_types))
        self._client = gnocchi_client.Client(conf, GROUP, _SECONDS)

    def describe(self) -> str:
        return (
            f"{self._client.server}: {self._attribute} of resources of type "
            f"{', '.join(self._types) or '(none)'}"
        )

    def get_scopes(self) -> list[str]:
        """Return the sorted values of the attribute, without empty ones.

        :raises cloudkitty.fetcher.base.FetchError: if Gnocchi cannot be
            queried.
        """
        found: set[str] = set()
        try:
            for resource_type in self._types:
                found |= self._values(resource_type)
        except gnocchi_client.GnocchiError as err:
            raise base.FetchError(f"scopes: {err}") from None
        return sorted(found)

    def _values(self, resource_type: str) -> set[str]:
        """Return the values in the resources of one type.

        Gnocchi limits the resources of an answer: the next request excludes
        the values that were found, as in upstream's fetcher.
        """
        found: set[str] = set()
        while True:
            page = set()
            for resource in self._client.post(
                f"search/resource/{resource_type}",
                self._without(found),
                [("details", "true")],
            ):
                page.add(self._value(resource))
            if page <= found:
                return found - {""}
            found |= page

    def _without(self, values: set[str]) -> gnocchi_client.Item:
        """Return the search for resources with other values."""
        known = {"not": {"=": {self._attribute: None}}}
        if not values:
            return known
        others = {"not": {"in": {self._attribute: sorted(values)}}}
        return {"and": [known, others]}

    def _value(self, resource: dict[str, typing.Any]) -> str:
        value = resource.get(self._attribute)
        return "" if value is None else str(value)
