# SPDX-License-Identifier: Apache-2.0
"""``GET /v1/report/summary``."""

from cloudkitty.api import resource
from cloudkitty.api.request import authorize
from cloudkitty.api.request import hooks
from cloudkitty.api.request import validate
from cloudkitty.api.v1 import arguments
from cloudkitty.api.v1 import tenants
from cloudkitty.api.v1.report import types
from cloudkitty.policies import report as policy
from cloudkitty.storage import grouping

_GROUPS = ("tenant_id", "res_type")


class Summary(resource.Resource):
    """Sums, by project, by metric, or both."""

    @resource.answers_json
    def get(self) -> types.Summaries:
        authorize.authorize(policy.GET_SUMMARY)
        args = arguments.read(
            "begin", "end", "tenant_id", "service", "groupby", "all_tenants"
        )
        columns = _columns(args)
        wanted = tenants.read(args, "service", own=True)
        if wanted is None:
            return types.Summaries(summary=[])
        totals = hooks.services().storage.total(
            wanted.query, list(columns.values())
        )
        return types.Summaries(
            summary=[
                types.Summary.from_row(row, columns) for row in totals.rows
            ]
        )


def _columns(args: arguments.Arguments) -> dict[str, str]:
    """Return the columns to group by: keys of the response to attributes."""
    asked = args.text_list("groupby")
    for item in asked:
        validate.choice("groupby", item, _GROUPS)
    items = {
        "tenant_id": hooks.services().conf.collect.scope_key,
        "res_type": grouping.METRIC,
    }
    return {name: items[name] for name in _GROUPS if name in asked}
