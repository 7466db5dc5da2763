# SPDX-License-Identifier: Apache-2.0
"""Scopes for tests that need one and not a particular one."""

from cloudkitty.common import scopes


def make(identifier: str, **fields: str) -> scopes.Scope:
    """Return a scope.

    :param fields: values of other fields than the defaults below.
    """
    origin = {
        "scope_key": "project_id",
        "fetcher": "source",
        "collector": "openmetrics",
        **fields,
    }
    return scopes.Scope(identifier=identifier, **origin)
