# SPDX-License-Identifier: Apache-2.0
"""The HTTP client of all drivers, with limits of time and size."""
