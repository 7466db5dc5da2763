# SPDX-License-Identifier: Apache-2.0
"""The commands."""

import warnings

# Libraries import eventlet wherever it is installed, and it warns of itself at
# each start; nothing here runs on it.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
