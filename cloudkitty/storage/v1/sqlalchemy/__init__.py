# SPDX-License-Identifier: Apache-2.0
"""Rated points in upstream's table ``rated_data_frames``."""

from cloudkitty.storage.v1.sqlalchemy import driver

SQLAlchemyStorage = driver.SQLAlchemyStorage
