# SPDX-License-Identifier: Apache-2.0
"""``GET /v1/report/total``."""

import decimal

from cloudkitty.api import authorize
from cloudkitty.api import hooks
from cloudkitty.api import resource
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1 import tenants
from cloudkitty.api.v1 import wire
from cloudkitty.policies import report as policy


class Total(resource.Resource):
    """One sum, a text."""

    @resource.answers_json
    def get(self):
        authorize.authorize(policy.GET_TOTAL)
        args = arguments.read(
            "begin", "end", "tenant_id", "service", "all_tenants"
        )
        wanted = tenants.read(args, "service", own=True)
        total = decimal.Decimal(0)
        if wanted is not None:
            for row in hooks.services().storage.total(wanted.query).rows:
                total += row.rate
        return wire.number(total)
