# SPDX-License-Identifier: Apache-2.0
"""``GET /v1/storage/dataframes``."""

from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1 import tenants
from cloudkitty.api.v1.storage import types
from cloudkitty.policies import storage as policy
from cloudkitty.storage import pages


class DataFrames(resource.Resource):
    """All matching rated points."""

    @resource.answers_json
    def get(self) -> types.DataFrames:
        authorize.authorize(policy.LIST_DATA_FRAMES)
        args = arguments.read("begin", "end", "tenant_id", "resource_type")
        wanted = tenants.read(args, "resource_type", own=False)
        if wanted is None:
            return {"dataframes": []}
        services = hooks.services()
        scope_key = services.conf.collect.scope_key
        return {
            "dataframes": [
                shown
                for frame in pages.frames(services.storage, wanted.query)
                for shown in types.from_frame(frame, scope_key)
            ]
        }
