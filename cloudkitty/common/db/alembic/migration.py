# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: migrations of the tables of plugins."""

import typing

from cloudkitty.common import lazy

_SOURCE = "cloudkitty.compat.migrations"

if typing.TYPE_CHECKING:
    from cloudkitty.compat import migrations as _migrations

    load_alembic_config = _migrations.load_alembic_config
    revision = _migrations.revision
    stamp = _migrations.stamp
    upgrade = _migrations.upgrade
    version = _migrations.version
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "load_alembic_config": _SOURCE,
            "revision": _SOURCE,
            "stamp": _SOURCE,
            "upgrade": _SOURCE,
            "version": _SOURCE,
        },
    )
