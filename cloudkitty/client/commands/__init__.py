# SPDX-License-Identifier: Apache-2.0
"""The commands; each module has those of one resource."""
