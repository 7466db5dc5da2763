# SPDX-License-Identifier: Apache-2.0
"""Horizon panel for the reprocess tasks of the rating service."""
