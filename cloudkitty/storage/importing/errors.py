# SPDX-License-Identifier: Apache-2.0
"""Errors of an import."""

import collections.abc

from cloudkitty.common import exceptions

#: Tasks, months or metrics that a message lists.
_SHOWN = 5


class ImportRefused(exceptions.CloudKittyError):
    """The import would change points that it did not write."""


class ImportDiffers(exceptions.CloudKittyError):
    """The sums of the copied points are not those of the source."""


def listed(
    items: collections.abc.Collection[object], separator: str = "; "
) -> str:
    """Return the first items as text, and the number of the others."""
    more = len(items) - _SHOWN
    shown = separator.join(str(item) for item in list(items)[:_SHOWN])
    return f"{shown}{f' and {more} more' if more > 0 else ''}"


def other_points(months: collections.abc.Collection[object]) -> ImportRefused:
    """Return the refusal for months in which the target has other points."""
    return ImportRefused(
        f"{listed(months)}: the storage has other points between the first "
        "and the last imported period: they were not changed. Reset these "
        "scopes with PUT /v2/scope to before the month, or pass --overwrite "
        "to replace the points"
    )
