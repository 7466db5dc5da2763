# SPDX-License-Identifier: Apache-2.0
"""Errors of an import."""

import collections.abc

from cloudkitty.common import exceptions
from cloudkitty.common import wording

#: Tasks or months that a message lists.
SHOWN = 5


class ImportRefused(exceptions.CloudKittyError):
    """The import would change points that it did not write."""


class ImportDiffers(exceptions.CloudKittyError):
    """The sums of the copied points are not those of the source."""


def other_points(months: collections.abc.Sequence[object]) -> ImportRefused:
    """Return the refusal for months in which the target has other points."""
    return ImportRefused(
        f"{wording.listed(months, SHOWN, '; ')}: the storage has other "
        "points between the first and the last imported period: they were "
        "not changed. Reset these scopes with PUT /v2/scope to before the "
        "month, or pass --overwrite to replace the points"
    )
