# SPDX-License-Identifier: Apache-2.0
"""The warning that live rating has kept stored points."""

import collections.abc

from oslo_log import log

from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.orchestrator.engine import replace_or_keep

LOG = log.getLogger(__name__)


def warn(
    scope: scopes.Scope,
    chunk: periods.Window,
    decided: collections.abc.Sequence[replace_or_keep.Decided],
) -> None:
    """Log a WARNING if points of a chunk were kept."""
    kept = [period.kept for period in decided if period.kept]
    if kept:
        LOG.warning(
            *log_fields.event(
                "stored points kept: they were not collected again",
                scope_id=scope.identifier,
                begin=chunk.begin,
                end=chunk.end,
                periods=len(kept),
                metrics=len(frozenset().union(*kept)),
            )
        )
