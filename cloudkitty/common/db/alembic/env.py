# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: ``env.py`` of the migrations of plugins."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.compat import migrations as _migrations

    run_migrations_online = _migrations.run_migrations_online
else:
    __getattr__ = lazy.names(
        __name__, {"run_migrations_online": "cloudkitty.compat.migrations"}
    )
