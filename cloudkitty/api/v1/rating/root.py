# SPDX-License-Identifier: Apache-2.0
"""``/v1/rating``, also ``/v1/billing``: the rating modules."""

import collections.abc

from cloudkitty.api import resource
from cloudkitty.api.v1.rating import module_config
from cloudkitty.api.v1.rating import modules
from cloudkitty.api.v1.rating import quote
from cloudkitty.api.v1.rating import reload_modules


class Rating(resource.Parent):
    """The paths below; the path itself does not exist.

    :param configs: controllers of ``module_config``, by rating module.
    """

    def __init__(self, configs: collections.abc.Mapping[str, object]) -> None:
        super().__init__(
            {
                "module_config": module_config.ModuleConfigs(configs),
                "modules": modules.Modules(),
                "quote": quote.Quote(),
                "reload_modules": reload_modules.ReloadModules(),
            }
        )
