# SPDX-License-Identifier: Apache-2.0
"""Selection of the lock backend by ``[orchestrator] coordination_url``."""

from oslo_utils import netutils

from cloudkitty.orchestrator.lock_backends import base
from cloudkitty.orchestrator.lock_backends import sessions


def load(url: str) -> base.Backend:
    """Return the backend of a URL of tooz, not started.

    :raises tooz.ToozError, ImportError, RuntimeError, ValueError: if it has
        no backend, or its package is not installed.
    """
    parts = netutils.urlsplit(url)
    # Imported here: each needs a driver that only its users install.
    if parts.scheme == "mysql":
        from cloudkitty.orchestrator.lock_backends import mysql

        return sessions.Backend(mysql.Server(parts))
    if parts.scheme == "postgresql":
        from cloudkitty.orchestrator.lock_backends import postgresql

        return sessions.Backend(postgresql.Server(parts))
    from cloudkitty.orchestrator.lock_backends import through_tooz

    return through_tooz.Backend(url)
