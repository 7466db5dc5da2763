# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v1/rating`` and ``/v2/rating``."""

from oslo_policy import policy

from cloudkitty.policies import base

MODULE_CONFIG = "rating:module_config"

#: What is below ``/v1/rating/module_config``: each rating module that can be
#: configured adds its own.
_SCRIPTS = "/v1/rating/module_config/pyscripts/scripts"
_CONFIG_OPERATIONS: list[dict[str, str]] = [
    {"path": _SCRIPTS, "method": "GET"},
    {"path": _SCRIPTS, "method": "POST"},
    {"path": _SCRIPTS, "method": "PUT"},
    {"path": _SCRIPTS, "method": "DELETE"},
    {"path": f"{_SCRIPTS}/{{script_id}}", "method": "GET"},
    {"path": f"{_SCRIPTS}/{{script_id}}", "method": "PUT"},
    {"path": f"{_SCRIPTS}/{{script_id}}", "method": "DELETE"},
]

RULES = [
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
]
