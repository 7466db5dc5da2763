# SPDX-License-Identifier: Apache-2.0
"""All policy rules of the service; each resource has its own module."""

import itertools

from oslo_policy import policy

from cloudkitty.policies import base
from cloudkitty.policies import collector
from cloudkitty.policies import dataframes
from cloudkitty.policies import info
from cloudkitty.policies import rating
from cloudkitty.policies import report
from cloudkitty.policies import scope
from cloudkitty.policies import storage
from cloudkitty.policies import summary
from cloudkitty.policies import task


def list_rules() -> list[policy.RuleDefault]:
    """Return all rules: ``oslo.policy.policies`` entry point."""
    return list(
        itertools.chain(
            base.RULES,
            collector.RULES,
            dataframes.RULES,
            info.RULES,
            rating.RULES,
            report.RULES,
            scope.RULES,
            storage.RULES,
            summary.RULES,
            task.RULES,
        )
    )
