# SPDX-License-Identifier: Apache-2.0
"""Rated points in an SQL database."""

from cloudkitty.storage.v2.sqlalchemy import driver

SQLAlchemyStorage = driver.SQLAlchemyStorage
