# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v1/rating`` and ``/v2/rating``."""

from oslo_policy import policy

from cloudkitty.policies import base
from cloudkitty.policies import hashmap
from cloudkitty.policies import pyscripts

LIST_MODULES = "rating:list_modules"
GET_MODULE = "rating:get_module"
UPDATE_MODULE = "rating:update_module"
QUOTE = "rating:quote"
MODULE_CONFIG = "rating:module_config"
V2_LIST_MODULES = "v2_rating:list_modules"
V2_GET_MODULE = "v2_rating:get_module"
V2_UPDATE_MODULE = "v2_rating:update_module"

#: Operations below ``/v1/rating/module_config``: each configurable rating
#: module adds its own.
_CONFIG_OPERATIONS: "list[policy.Operation]" = [
    *hashmap.OPERATIONS,
    *pyscripts.OPERATIONS,
]

RULES = [
    policy.DocumentedRuleDefault(
        LIST_MODULES,
        base.ADMIN,
        "List the rating modules, in version 1.",
        [{"path": "/v1/rating/modules", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_MODULE,
        base.ADMIN,
        "Get a rating module, in version 1.",
        [{"path": "/v1/rating/modules/{module_id}", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        UPDATE_MODULE,
        base.ADMIN,
        "Enable or disable a rating module or set its priority, in version 1.",
        [{"path": "/v1/rating/modules/{module_id}", "method": "PUT"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        QUOTE,
        base.ANYONE,
        "Get the price of resources.",
        [{"path": "/v1/rating/quote", "method": "POST"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        MODULE_CONFIG,
        base.ADMIN,
        "Read and change the rules of rating modules.",
        [
            {"path": "/v1/rating/reload_modules", "method": "GET"},
            *_CONFIG_OPERATIONS,
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        V2_LIST_MODULES,
        base.ADMIN,
        "List the rating modules.",
        [{"path": "/v2/rating/modules", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        V2_GET_MODULE,
        base.ADMIN,
        "Get a rating module.",
        [{"path": "/v2/rating/modules/{module_id}", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        V2_UPDATE_MODULE,
        base.ADMIN,
        "Enable or disable a rating module or set its priority.",
        [{"path": "/v2/rating/modules/{module_id}", "method": "PUT"}],
        scope_types=base.SCOPE_TYPES,
    ),
]
