# SPDX-License-Identifier: Apache-2.0
"""``/v1/rating``, also ``/v1/billing``: the rating modules."""

import collections.abc

from cloudkitty.api import resource
from cloudkitty.api.v1.rating import module_config
from cloudkitty.api.v1.rating import modules
from cloudkitty.api.v1.rating import quote
from cloudkitty.api.v1.rating import reload_modules


class Rating(resource.Resource):
    """The paths below; the path itself does not exist.

    :param configs: controllers of ``module_config``, by rating module.
    """

    def __init__(self, configs: collections.abc.Mapping[str, object]) -> None:
        self._below: dict[str, object] = {
            "module_config": module_config.ModuleConfigs(configs),
            "modules": modules.Modules(),
            "quote": quote.Quote(),
            "reload_modules": reload_modules.ReloadModules(),
        }

    def child(self, segments: resource.Segments) -> resource.Below:
        controller = self._below.get(segments[0])
        return None if controller is None else (controller, segments[1:])
