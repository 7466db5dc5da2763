# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks``: see ``benchmarks/README.rst``."""

import sys

from benchmarks import command

if __name__ == "__main__":
    sys.exit(command.main())
