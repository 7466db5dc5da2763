# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v2/scope``."""

from oslo_policy import policy

from cloudkitty.policies import base

GET = "scope:get_state"
CREATE = "scope:post_state"
RESET = "scope:reset_state"
UPDATE = "scope:patch_state"
CLOSE = "scope:close_periods"

RULES = [
    policy.DocumentedRuleDefault(
        GET,
        base.ADMIN,
        "List scopes with the end of their rated data.",
        [{"path": "/v2/scope", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        CREATE,
        base.ADMIN,
        "Add a scope.",
        [{"path": "/v2/scope", "method": "POST"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        RESET,
        base.ADMIN,
        "Reset scopes: delete the rated data from a date on and rate again.",
        [{"path": "/v2/scope", "method": "PUT"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        UPDATE,
        base.ADMIN,
        "Activate or deactivate a scope, or change its attributes.",
        [{"path": "/v2/scope", "method": "PATCH"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        CLOSE,
        base.ADMIN,
        "Close periods of a scope, or open them again: closed_before.",
        [{"path": "/v2/scope", "method": "PATCH"}],
        scope_types=base.SCOPE_TYPES,
    ),
]
