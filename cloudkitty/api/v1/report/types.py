# SPDX-License-Identifier: Apache-2.0
"""What ``/v1/report`` sends."""

import collections.abc
import decimal
import typing

import wsme.types

from cloudkitty.api.v1 import wire
from cloudkitty.common import money
from cloudkitty.storage import base as storage_base

#: Stands for what a sum is not grouped by, and where points lack it.
ALL = "ALL"
_PLACES = decimal.Decimal("0.00001")
_CONTEXT = decimal.Context(prec=money.DIGITS, rounding=decimal.ROUND_HALF_EVEN)


class Summary(wsme.types.Base):
    """One sum."""

    begin = wsme.types.text
    end = wsme.types.text
    tenant_id = wsme.types.text
    res_type = wsme.types.text
    rate = wsme.types.text

    @classmethod
    def from_row(
        cls,
        row: storage_base.TotalRow,
        columns: collections.abc.Mapping[str, str],
    ) -> typing.Self:
        """Return the wire form of a row.

        :param columns: what it is grouped by: item to that of the storage.
        """
        groups = {
            item: row.groups[column] or ALL for item, column in columns.items()
        }
        return cls(
            begin=wire.time(row.begin),
            end=wire.time(row.end),
            tenant_id=groups.get("tenant_id", ALL),
            res_type=groups.get("res_type", ALL),
            rate=rounded(row.rate),
        )


class Summaries(wsme.types.Base):
    """All of them."""

    summary = [Summary]


def rounded(rate: decimal.Decimal) -> str:
    """Return a sum with five places, as clients show it.

    The digits are those of a float's text: ``"0.5"``, ``"33.0"``; but nothing
    is ``"0"``, and no number is too large to have all its digits.
    """
    if not rate:
        return "0"
    short = money.canonical(rate.quantize(_PLACES, context=_CONTEXT))
    text = f"{short:f}"
    return text if "." in text else f"{text}.0"
