# SPDX-License-Identifier: Apache-2.0
"""The commands."""

import warnings

# Libraries import eventlet if it is installed, and it logs a deprecation
# warning at each start. This project does not use it.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
