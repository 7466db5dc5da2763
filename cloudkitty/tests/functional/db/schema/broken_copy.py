# SPDX-License-Identifier: Apache-2.0
"""The copy of points by migration 0003, stopped after its first part."""

import collections.abc

from cloudkitty.db.alembic import points_0003
from cloudkitty.tests import base


def break_off(test: base.TestCase) -> collections.abc.Callable[[], None]:
    """Let the copy raise KeyboardInterrupt after seven rows.

    :returns: repairs it.
    """
    original = points_0003._Copy._next

    def next_part(copy, after):
        if after:
            raise KeyboardInterrupt
        return original(copy, after)

    test.patch(points_0003, "_ROWS", 7)
    test.patch(points_0003._Copy, "_next", next_part)
    return lambda: test.patch(points_0003._Copy, "_next", original)
