# SPDX-License-Identifier: Apache-2.0
"""``/v2/rating/modules``."""

from cloudkitty.api import rating_modules
from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import body
from cloudkitty.api.request import query
from cloudkitty.api.request import validate
from cloudkitty.api.v2.rating import types
from cloudkitty.policies import rating as policy


class Rating(resource.Resource):
    """The paths below; the path itself does not exist."""

    def child(self, segments: resource.Segments) -> resource.Below:
        if segments[0] != "modules":
            return None
        return Modules(), segments[1:]


class Modules(resource.Resource):
    """All rating modules."""

    def child(self, segments: resource.Segments) -> resource.Below:
        return Module("/".join(segments)), []

    @resource.answers_json
    def get(self) -> types.Modules:
        authorize.authorize(policy.V2_LIST_MODULES)
        query.read()
        return types.Modules(
            modules=[
                types.Module.from_info(info)
                for info in rating_modules.list_all()
            ]
        )


class Module(resource.Resource):
    """One rating module.

    :param module_id: name in the path.
    """

    def __init__(self, module_id: str) -> None:
        self._id = module_id

    @resource.answers_json
    def get(self) -> types.Module:
        authorize.authorize(policy.V2_GET_MODULE)
        query.read()
        return types.Module.from_info(rating_modules.find(self._id))

    @resource.answers_nothing
    def put(self) -> None:
        authorize.authorize(policy.V2_UPDATE_MODULE)
        query.read()
        content = body.read(("enabled", "priority"))
        enabled, priority = None, None
        if "enabled" in content:
            enabled = validate.boolean("enabled", content["enabled"])
        if "priority" in content:
            priority = rating_modules.priority(content["priority"])
        rating_modules.change(self._id, enabled=enabled, priority=priority)
