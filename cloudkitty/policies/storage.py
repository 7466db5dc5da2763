# SPDX-License-Identifier: Apache-2.0
"""Rules of ``/v1/storage``."""

from oslo_policy import policy

from cloudkitty.policies import base

LIST_DATA_FRAMES = "storage:list_data_frames"

RULES = [
    policy.DocumentedRuleDefault(
        LIST_DATA_FRAMES,
        base.PROJECT_READER_OR_ADMIN,
        "List rated points, in version 1. Users other than administrators get "
        "the points of their own project.",
        [{"path": "/v1/storage/dataframes", "method": "GET"}],
        scope_types=base.SCOPE_TYPES,
    ),
]
