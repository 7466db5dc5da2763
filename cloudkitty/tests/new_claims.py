# SPDX-License-Identifier: Apache-2.0
"""Claims for tests that need those of one worker."""

from cloudkitty.common import clock as ck_clock
from cloudkitty.db import facade
from cloudkitty.tasks import claims
from cloudkitty.tasks import governance
from cloudkitty.tasks import retries as task_retries


def make(
    database: facade.Database,
    clock: ck_clock.Clock,
    owner: str = "one",
    *,
    lease_seconds: float = 60,
    period_seconds: int = 3600,
    retries: task_retries.Retries | None = None,
    rules: governance.Rules = governance.OFF,
) -> claims.Claims:
    """Return the claims of the worker ``owner``.

    :param retries: None for a single attempt.
    :param rules: rules of the operator.
    """
    return claims.Claims(
        database,
        clock,
        owner=owner,
        lease_seconds=lease_seconds,
        period_seconds=period_seconds,
        retries=retries or task_retries.Retries(most=1),
        rules=lambda: rules,
    )
