# SPDX-License-Identifier: Apache-2.0
"""Packages as an operator has them for CloudKitty 25.

They import nothing but upstream's import paths and libraries of their own.
Each folder is the content of a package; ``install.py`` installs it.
"""
