# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: base of the models of plugins."""

import typing

from oslo_db.sqlalchemy import models
from sqlalchemy import orm


def get_base() -> typing.Any:
    """Return a new declarative base with metadata of its own."""
    return orm.declarative_base(cls=models.ModelBase)
