# SPDX-License-Identifier: Apache-2.0
"""Rated points in InfluxDB 1.x, in the format of upstream's driver."""

from cloudkitty.storage.v2.influxdb.driver import InfluxDBStorage

__all__ = ("InfluxDBStorage",)
