# SPDX-License-Identifier: Apache-2.0
"""The one HTTP client of all drivers: bounded in time and in bytes."""
