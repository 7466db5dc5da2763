# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v2/scope``."""

from oslo_policy import policy

from cloudkitty.policies import base

GET = "scope:get_state"

RULES = [
    policy.DocumentedRuleDefault(
        GET,
        base.ADMIN,
        "List scopes and how far each is rated.",
        [{"path": "/v2/scope", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
]
