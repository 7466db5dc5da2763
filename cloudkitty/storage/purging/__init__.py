# SPDX-License-Identifier: Apache-2.0
"""Delete old rated points, and rows that have no point any more."""
