# SPDX-License-Identifier: Apache-2.0
"""Gnocchi's HTTP API, for the fetcher and the collector."""
