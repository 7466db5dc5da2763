# SPDX-License-Identifier: Apache-2.0
"""The collector of quantities in Gnocchi."""
