# SPDX-License-Identifier: Apache-2.0
"""Upstream's table ``rated_data_frames`` on the servers."""

from cloudkitty.tests import databases
from cloudkitty.tests.contract import storage_sqlalchemy_v1


@databases.on_each(databases.SERVERS)
class RatedDataFrames(storage_sqlalchemy_v1.RatedDataFramesContract):
    """Points in the service's own database."""


@databases.on_each(("mariadb",), name="TestAdopted")
class Adopted(storage_sqlalchemy_v1.AdoptedContract):
    """Points in a table that upstream created."""
