# SPDX-License-Identifier: Apache-2.0
"""``GET /v1/report/total``."""

import decimal

from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1 import tenants
from cloudkitty.api.v1 import wire
from cloudkitty.common import money
from cloudkitty.policies import report as policy


class Total(resource.Resource):
    """One sum as a string."""

    @resource.answers_json
    def get(self) -> str:
        authorize.authorize(policy.GET_TOTAL)
        args = arguments.read(
            "begin", "end", "tenant_id", "service", "all_tenants"
        )
        wanted = tenants.read(args, "service", own=True)
        if wanted is None:
            return wire.number(decimal.Decimal(0))
        rows = hooks.services().storage.total(wanted.query).rows
        return wire.number(money.total(row.rate for row in rows))
