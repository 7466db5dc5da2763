# SPDX-License-Identifier: Apache-2.0
"""Copy the rated points of another storage into the configured one."""
