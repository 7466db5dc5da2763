# SPDX-License-Identifier: Apache-2.0
"""Rating modules that need no rules in a database."""

import datetime
import decimal

from cloudkitty import dataframe
from cloudkitty.rating import base
from cloudkitty.rating import loader


class FixedPrice(base.RatingModule):
    """Rates each unit of every metric at the same price.

    :ivar price: price of one unit; may be changed between two frames.
    :ivar errors: beginning of a period -> the error raised for it.
    :ivar rated: beginnings of the periods rated so far.
    """

    module_name = "fixed"
    description = "Asks the same price for each unit of everything."

    def __init__(self, price: decimal.Decimal | int | str = 1) -> None:
        # It has no rules, so it needs no database.
        self.price = decimal.Decimal(price)
        self.errors: dict[datetime.datetime, BaseException] = {}
        self.rated: list[datetime.datetime] = []

    def reload(self, at: datetime.datetime) -> None:
        if at in self.errors:
            raise self.errors[at]

    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        self.rated.append(frame.start)
        usage = {}
        with decimal.localcontext(base.CONTEXT):
            for metric, points in frame.itertypes():
                usage[metric] = [
                    point.set_price(point.price + point.qty * self.price)
                    for point in points
                ]
        return dataframe.DataFrame(frame.start, frame.end, usage)


def fixed_price_chain(
    price: decimal.Decimal | int | str = 1,
) -> loader.Chain:
    """Return a chain whose one module, ``modules[0]``, is a FixedPrice."""
    return loader.Chain([FixedPrice(price)])
