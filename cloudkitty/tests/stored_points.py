# SPDX-License-Identifier: Apache-2.0
"""Delete all rated points of a database, with the sums of their days."""

import sqlalchemy as sa

from cloudkitty.db import points


def delete_all(connection: sa.Connection) -> None:
    """Delete the points of all scopes; scopes and series stay."""
    for model in (points.RatedPoint, points.RatedDay):
        connection.execute(sa.delete(model))
    connection.execute(sa.update(points.RatedScope).values(rolled_before=None))
