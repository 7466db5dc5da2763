# SPDX-License-Identifier: Apache-2.0
"""Set-up and helpers of the contract."""

from cloudkitty.storage import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage


class StorageCase:
    """The storage of one test, and the limits of its format.

    Only a storage apart from the database may set one of the flags to another
    value; the page of the driver then says so.

    :cvar exact_sums: sums have all digits; otherwise the first 15 significant
        ones.
    :cvar atomic_replace: a read sees the old or the new state of a whole
        replacement. Otherwise it sees each point old or new, and of each
        period never fewer than either state has.
    :cvar years: years of periods that are stored.
    :cvar refused_years: years whose periods are refused.
    """

    exact_sums = True
    atomic_replace = True
    years = (999, 1000, 2026, 9998)
    refused_years: tuple[int, ...] = ()

    def setUp(self):
        super().setUp()
        self.storage = self.make_storage()
        self.storage.init()

    def make_storage(self) -> base.Storage:
        """Return an empty storage."""
        raise NotImplementedError

    def replace(self, name, window, new, **more):
        self.storage.replace(new_scopes.make(name), window, new, **more)

    def retrieve(self, name=None, window=None, **more):
        if name is not None:
            more["filters"] = {"project_id": [name], **more.get("filters", {})}
        return self.storage.retrieve(
            base.Query(window=window or usage.hours(-100, 100), **more)
        )

    def sums(self, groupby=(), window=None, **more):
        """Return (group values, qty, rate) of each row."""
        found = self.storage.total(
            base.Query(window=window or usage.hours(-100, 100), **more),
            groupby,
        )
        return [
            (tuple(row.groups.values()), row.qty, row.rate)
            for row in found.rows
        ]

    def rate(self, name=None, window=None):
        """Return the sum of prices, of one scope or of all."""
        filters = {} if name is None else {"project_id": [name]}
        found = self.sums(window=window, filters=filters)
        return found[0][2] if found else None
