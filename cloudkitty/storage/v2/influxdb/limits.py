# SPDX-License-Identifier: Apache-2.0
"""Identifiers that every storage accepts."""

import collections.abc

from cloudkitty import dataframe
from cloudkitty.common import scopes
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks

_SCOPE = 256
_METRIC = 255


def check_scope(scope: scopes.Scope) -> None:
    """Check that points of the scope can be stored.

    :raises cloudkitty.storage.base.Unstorable: if they cannot.
    """
    for text, kind in (
        (scope.identifier, "scope_id"),
        (scope.scope_key, "scope_key"),
    ):
        # An empty tag means all series without the tag.
        if not text:
            raise base.Unstorable(f"a {kind} is empty")
        storage_checks.check_name(text, _SCOPE, kind)


def check_metrics(
    frames: collections.abc.Iterable[dataframe.DataFrame],
) -> None:
    """Check that the names of the metrics can be stored.

    :raises cloudkitty.storage.base.Unstorable: if they cannot.
    """
    for metric in {name for frame in frames for name in frame.usage}:
        storage_checks.check_name(metric, _METRIC, "metric")


def possible(values: collections.abc.Iterable[str]) -> list[str]:
    """Return the identifiers that can be stored, each once."""
    return sorted({text for text in values if attributes.is_clean(text)})
