# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v2/task``."""

from oslo_policy import policy

from cloudkitty.policies import base

CREATE = "schedule:task_reprocesses"
GET = "schedule:get_task_reprocesses"
UPDATE = "schedule:update_task_reprocesses"
FORCE = "schedule:force_task_reprocesses"
UPDATE_MANY = "schedule:update_many_task_reprocesses"
GET_WORKERS = "schedule:get_task_workers"
APPROVE = "schedule:approve_task_reprocesses"

RULES = [
    policy.DocumentedRuleDefault(
        CREATE,
        base.ADMIN,
        "Create reprocessing tasks.",
        [{"path": "/v2/task/reprocesses", "method": "POST"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET,
        base.ADMIN,
        "Get reprocessing tasks.",
        [
            {"path": "/v2/task", "method": "GET"},
            {"path": "/v2/task/reprocesses", "method": "GET"},
            {"path": "/v2/task/reprocesses/{scope_id}", "method": "GET"},
            {"path": "/v2/task/{id}", "method": "GET"},
            {"path": "/v2/task/{id}/periods", "method": "GET"},
            {"path": "/v2/task/batches", "method": "GET"},
            {"path": "/v2/task/batches/{batch_id}", "method": "GET"},
            {"path": "/v2/task/batches/{batch_id}/totals", "method": "GET"},
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        UPDATE,
        base.ADMIN,
        "Pause, resume, retry or cancel reprocessing tasks.",
        [
            {"path": "/v2/task/{id}", "method": "PATCH"},
            {"path": "/v2/task/batches/{batch_id}", "method": "PATCH"},
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        FORCE,
        base.ADMIN,
        "Rate closed periods again by reprocessing tasks: force.",
        [
            {"path": "/v2/task", "method": "PATCH"},
            {"path": "/v2/task/reprocesses", "method": "POST"},
            {"path": "/v2/task/{id}", "method": "PATCH"},
            {"path": "/v2/task/batches/{batch_id}", "method": "PATCH"},
            {"path": "/v2/task/batches/{batch_id}/approve", "method": "POST"},
        ],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        UPDATE_MANY,
        base.ADMIN,
        "Pause, resume, retry or cancel all reprocessing tasks that match a "
        "filter.",
        [{"path": "/v2/task", "method": "PATCH"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        GET_WORKERS,
        base.ADMIN,
        "Get the workers of processors.",
        [{"path": "/v2/task/workers", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
    policy.DocumentedRuleDefault(
        APPROVE,
        base.ADMIN,
        "Approve large requests for reprocessing tasks of other users.",
        [{"path": "/v2/task/batches/{batch_id}/approve", "method": "POST"}],
        scope_types=base.SCOPE_TYPES,
    ),
]
