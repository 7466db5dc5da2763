# SPDX-License-Identifier: Apache-2.0
"""The InfluxDB storage with a real server."""

from cloudkitty.tests import base
from cloudkitty.tests.contract import storage
from cloudkitty.tests.functional.storage import influxdb_case


class TestContract(
    influxdb_case.InfluxDB, storage.StorageContract, base.TestCase
):
    atomic_replace = False
    # Nanoseconds since 1970 as a signed integer of 64 bits.
    years = (1678, 1969, 2026, 2261)
    refused_years = (1, 1677, 2263, 9999)
