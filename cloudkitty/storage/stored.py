# SPDX-License-Identifier: Apache-2.0
"""The stored form of a point."""

import decimal

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.storage import attributes
from cloudkitty.storage import base


def as_stored(point: dataframe.DataPoint) -> dataframe.DataPoint:
    """Return ``point`` as ``Storage.retrieve`` returns it.

    :raises cloudkitty.storage.base.Unstorable: if it cannot be stored.
    """
    try:
        qty = money.canonical(money.storable(point.qty))
        price = money.canonical(money.storable(point.price))
    except decimal.InvalidOperation as error:
        raise base.Unstorable(str(error)) from error
    return dataframe.make_point(
        (
            attributes.clean(point.unit),
            qty,
            price,
            attributes.storable(point.groupby),
            attributes.storable(point.metadata),
            point.description and attributes.clean(point.description),
        )
    )
