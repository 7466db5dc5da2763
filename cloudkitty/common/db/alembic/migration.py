# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: migrations of the tables of plugins."""

import typing

from cloudkitty.common import lazy

_SOURCE = "cloudkitty.compat.migrations"

if typing.TYPE_CHECKING:
    from cloudkitty.compat.migrations import downgrade as downgrade
    from cloudkitty.compat.migrations import (  # noqa: H301
        load_alembic_config as load_alembic_config,
    )
    from cloudkitty.compat.migrations import revision as revision
    from cloudkitty.compat.migrations import stamp as stamp
    from cloudkitty.compat.migrations import upgrade as upgrade
    from cloudkitty.compat.migrations import version as version
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "downgrade": _SOURCE,
            "load_alembic_config": _SOURCE,
            "revision": _SOURCE,
            "stamp": _SOURCE,
            "upgrade": _SOURCE,
            "version": _SOURCE,
        },
    )
