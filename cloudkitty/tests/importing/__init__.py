# SPDX-License-Identifier: Apache-2.0
"""Campaign: import a million rows of upstream's table and kill the import."""
