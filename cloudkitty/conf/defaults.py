# SPDX-License-Identifier: Apache-2.0
"""What this service changes in the defaults of oslo's libraries."""

from oslo_config import cfg
from oslo_db import options as db_options
from oslo_middleware import cors
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


def set_library_defaults() -> None:
    """Set the defaults of what every process has."""
    # oslo.messaging loads oslo.service, which takes eventlet unless told
    # otherwise by then: this project uses threads.
    backend.register_backend_default_hook(
        lambda: backend.BackendType.THREADING
    )
    cfg.set_defaults(db_options.database_opts, connection=DATABASE)
    cors.set_defaults(
        allow_headers=ALLOWED_HEADERS,
        expose_headers=EXPOSED_HEADERS,
        allow_methods=METHODS,
    )


def set_sample_defaults() -> None:
    """Set all defaults: the hook of the sample generator.

    Processes set those of the message bus when they load it.
    """
    set_library_defaults()
    messaging.load(cfg.ConfigOpts())
