# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v1/collector``."""

from oslo_policy import policy

from cloudkitty.policies import base

LIST_MAPPINGS = "collector:list_mappings"
GET_MAPPING = "collector:get_mapping"
MANAGE_MAPPING = "collector:manage_mapping"
GET_STATE = "collector:get_state"
UPDATE_STATE = "collector:update_state"

RULES = [
    policy.DocumentedRuleDefault(
        LIST_MAPPINGS,
        base.ADMIN,
        "List the collector mappings of the services.",
        [
            {"path": "/v1/collector", "method": "GET"},
            {"path": "/v1/collector/mappings", "method": "GET"},
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_MAPPING,
        base.ADMIN,
        "Get the collector mapping of a service.",
        [
            {"path": "/v1/collector/mappings/{service_id}", "method": "GET"},
            {
                "path": "/v1/collector/mappings/{service_id}/{rest}",
                "method": "GET",
            },
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        MANAGE_MAPPING,
        base.ADMIN,
        "Create or delete the collector mapping of a service.",
        [
            {"path": "/v1/collector/mappings", "method": "POST"},
            {
                "path": "/v1/collector/mappings/{collector}/{service}",
                "method": "POST",
            },
            {"path": "/v1/collector/mappings", "method": "DELETE"},
            {
                "path": "/v1/collector/mappings/{service_id}",
                "method": "DELETE",
            },
            {
                "path": "/v1/collector/mappings/{service_id}/{rest}",
                "method": "DELETE",
            },
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_STATE,
        base.ADMIN,
        "Get the stored state of a collector.",
        [
            {"path": "/v1/collector/states", "method": "GET"},
            {"path": "/v1/collector/states/{name}", "method": "GET"},
            {"path": "/v1/collector/{name}/states", "method": "GET"},
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        UPDATE_STATE,
        base.ADMIN,
        "Set the stored state of a collector.",
        [
            {"path": "/v1/collector/states", "method": "PUT"},
            {"path": "/v1/collector/states/{name}", "method": "PUT"},
            {"path": "/v1/collector/{name}/states", "method": "PUT"},
        ],
        scope_types=base.SCOPE_TYPES,
    ),
]
