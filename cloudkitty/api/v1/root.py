# SPDX-License-Identifier: Apache-2.0
"""``/v1``: the resources of version 1."""

import collections.abc

from cloudkitty.api import resource
from cloudkitty.api import root
from cloudkitty.api.v1.collector import root as collector
from cloudkitty.api.v1.info import root as info
from cloudkitty.api.v1.rating import root as rating
from cloudkitty.api.v1.report import root as report
from cloudkitty.api.v1.storage import root as storage


class VersionOne(resource.Resource):
    """The resources of version 1.

    :param configs: controllers of ``module_config``, by rating module.
    """

    def __init__(self, configs: collections.abc.Mapping[str, object]) -> None:
        self._controllers: dict[str, object] = {
            "collector": collector.Collector(),
            "info": info.Info(),
            "rating": rating.Rating(configs),
            "report": report.Report(),
            "storage": storage.Storage(),
        }
        # An old name of the service that clients still use.
        self._aliases = {"billing": "rating"}

    def child(self, segments: resource.Segments) -> resource.Below:
        name = self._aliases.get(segments[0], segments[0])
        controller = self._controllers.get(name)
        return None if controller is None else (controller, segments[1:])

    @resource.answers_json
    def get(self) -> root.Modules:
        return root.list_modules("v1", self._controllers)
