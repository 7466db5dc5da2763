# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v1/report``."""

from oslo_policy import policy

from cloudkitty.policies import base

LIST_TENANTS = "report:list_tenants"
GET_SUMMARY = "report:get_summary"
GET_TOTAL = "report:get_total"

RULES = [
    policy.DocumentedRuleDefault(
        LIST_TENANTS,
        base.ADMIN,
        "List the rated projects.",
        [{"path": "/v1/report/tenants", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_SUMMARY,
        base.PROJECT_READER_OR_ADMIN,
        "Get sums of rated data, in version 1. Users other than "
        "administrators get the sums of their own project.",
        [{"path": "/v1/report/summary", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_TOTAL,
        base.PROJECT_READER_OR_ADMIN,
        "Get the sum of rated data. Users other than administrators get the "
        "sum of their own project.",
        [{"path": "/v1/report/total", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
]
