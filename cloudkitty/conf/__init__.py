# SPDX-License-Identifier: Apache-2.0
"""The service's options."""

from cloudkitty.conf import process

make = process.make
missing_file_hint = process.missing_file_hint
missing_files = process.missing_files
