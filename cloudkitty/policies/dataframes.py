# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v2/dataframes``."""

from oslo_policy import policy

from cloudkitty.policies import base

ADD = "dataframes:add"
GET = "dataframes:get"

RULES = [
    policy.DocumentedRuleDefault(
        ADD,
        base.ADMIN,
        "Add rated points.",
        [{"path": "/v2/dataframes", "method": "POST"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET,
        base.PROJECT_READER_OR_ADMIN,
        "Get rated points. Users other than administrators get the points of "
        "their own project.",
        [{"path": "/v2/dataframes", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
]
