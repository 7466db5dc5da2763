# SPDX-License-Identifier: Apache-2.0
"""Which release this is."""

import importlib.metadata


def version_string() -> str:
    """Return the version of the installed distribution."""
    return importlib.metadata.version("cloudkitty")
