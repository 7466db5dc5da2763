# SPDX-License-Identifier: Apache-2.0
"""``GET /v1/rating/reload_modules``."""

from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.policies import rating as policy


class ReloadModules(resource.Resource):
    """Makes all processors reload the rules."""

    @resource.answers_nothing
    def get(self) -> None:
        authorize.authorize(policy.MODULE_CONFIG)
        arguments.read()
        services = hooks.services()
        for name in sorted(services.rating_modules):
            services.rpc.module_changed(name, None)
