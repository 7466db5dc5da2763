# SPDX-License-Identifier: Apache-2.0
"""Tokens and endpoints of Keystone for the drivers' HTTP client."""
