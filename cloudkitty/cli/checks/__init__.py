# SPDX-License-Identifier: Apache-2.0
"""The checks of ``cloudkitty-status upgrade check``.

Each is a function that adds its findings to ``findings.Findings``. They use
the loaders of a start and work on a database of CloudKitty 25, too.
"""
