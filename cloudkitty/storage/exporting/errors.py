# SPDX-License-Identifier: Apache-2.0
"""Errors of exports."""

from cloudkitty.common import exceptions


class ExportFailed(exceptions.CloudKittyError):
    """The export was not written."""


class ExportInvalid(exceptions.CloudKittyError):
    """The files of an export are missing, incomplete or changed."""
