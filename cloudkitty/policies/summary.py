# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v2/summary``."""

from oslo_policy import policy

from cloudkitty.policies import base

GET = "summary:get_summary"

RULES = [
    policy.DocumentedRuleDefault(
        GET,
        base.PROJECT_READER_OR_ADMIN,
        "Get sums of rated data. Users other than administrators get the sums "
        "of their own project.",
        [{"path": "/v2/summary", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
]
