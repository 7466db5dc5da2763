# SPDX-License-Identifier: Apache-2.0
"""Responses of ``/v1/report``."""

import collections.abc
import decimal
import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api.v1 import wire
from cloudkitty.common import money
from cloudkitty.storage import base as storage_base

#: Value of a column that is not grouped by, or that points do not have.
ALL = "ALL"
_PLACES = decimal.Decimal("0.00001")
_ROUNDING = decimal.Context(prec=money.DIGITS)


class Summary(ordered.Base):
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

        :param columns: the columns of the row: keys of the response to
            attributes of the storage.
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


class Summaries(ordered.Base):
    """A list of sums."""

    summary = [Summary]


def rounded(rate: decimal.Decimal) -> str:
    """Return a sum rounded to at most five places, as upstream does.

    A sum with at most five places is the same string as in
    ``/v1/report/total``.
    """
    return wire.number(rate.quantize(_PLACES, context=_ROUNDING))
