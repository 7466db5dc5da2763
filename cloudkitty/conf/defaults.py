# SPDX-License-Identifier: Apache-2.0
"""Defaults of oslo libraries that this service changes."""

from oslo_config import cfg
from oslo_db import options as db_options
from oslo_log import log
from oslo_service import backend

from cloudkitty.common import messaging

DATABASE = "sqlite:////var/lib/cloudkitty/cloudkitty.sqlite"

ALLOWED_HEADERS = [
    "X-Auth-Token",
    "X-Subject-Token",
    "X-Roles",
    "X-User-Id",
    "X-Domain-Id",
    "X-Project-Id",
    "X-Tenant-Id",
    "X-OpenStack-Request-ID",
    "Idempotency-Key",
]
EXPOSED_HEADERS = [
    "X-Auth-Token",
    "X-Subject-Token",
    "X-Service-Token",
    "X-OpenStack-Request-ID",
    "Location",
    "Link",
]
METHODS = ["GET", "PUT", "POST", "DELETE", "PATCH"]

#: Of the commands that migrate: alembic logs each revision.
MIGRATION_LOG_LEVELS = [
    *log.get_default_log_levels(),
    # A line for each part of alembic at its import.
    "alembic.runtime.plugins=WARNING",
]
#: Of all other processes: each check of the schema would log two lines.
LOG_LEVELS = [*MIGRATION_LOG_LEVELS, "alembic.runtime.migration=WARNING"]


def set_library_defaults() -> None:
    """Set the defaults of the libraries that every process uses."""
    # oslo.messaging loads oslo.service, which uses eventlet unless another
    # backend is registered before: this project uses threads.
    backend.register_backend_default_hook(
        lambda: backend.BackendType.THREADING
    )
    cfg.set_defaults(db_options.database_opts, connection=DATABASE)
    log.set_defaults(default_log_levels=LOG_LEVELS)


def set_api_defaults() -> None:
    """Set the defaults of the libraries that only the API uses."""
    # Imported here because it loads a large part of a web framework.
    from oslo_middleware import cors

    cors.set_defaults(
        allow_headers=ALLOWED_HEADERS,
        expose_headers=EXPOSED_HEADERS,
        allow_methods=METHODS,
    )


def set_sample_defaults() -> None:
    """Set all defaults: the hook of the sample generator.

    Processes set the defaults of the message bus when they load it.
    """
    set_library_defaults()
    set_api_defaults()
    messaging.load(cfg.ConfigOpts())
