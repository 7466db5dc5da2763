# SPDX-License-Identifier: Apache-2.0
"""``/v1/rating/module_config``: the parts of the API of rating modules.

A part is an entry point in group ``cloudkitty.api.v1.module_config``. Its
name is the name of the rating module, its object is a
``cloudkitty.api.v2.base.Module``, as for modules of version 2.
"""

import collections.abc

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import validate
from cloudkitty.policies import rating as policy


class ModuleConfigs(resource.Resource):
    """The parts; requests are authorised before a part is looked up.

    :param configs: controllers of the parts, by rating module.
    """

    def __init__(self, configs: collections.abc.Mapping[str, object]) -> None:
        self._configs = dict(configs)

    def child(self, segments: resource.Segments) -> resource.Below:
        authorize.authorize(policy.MODULE_CONFIG)
        name = segments[0]
        if name in self._configs:
            return self._configs[name], segments[1:]
        if name in hooks.services().rating_modules:
            raise errors.Conflict(
                error_codes.MODULE_NOT_CONFIGURABLE,
                f"rating module {validate.shown(name)} has no configurable "
                "rules: GET /v1/rating/modules shows the modules that have "
                "them (hot-config)",
            )
        raise errors.NotFound(
            error_codes.MODULE_NOT_FOUND,
            f"rating module {validate.shown(name)} does not exist: GET "
            "/v1/rating/modules lists the modules",
        )
