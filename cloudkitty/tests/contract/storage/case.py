# SPDX-License-Identifier: Apache-2.0
"""Set-up and helpers of the contract."""

from cloudkitty import dataframe
from cloudkitty.storage import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage


class StorageCase:
    """The storage of one test, and what its format cannot hold.

    A flag with another value needs a sentence on the page of the driver.

    :cvar exact: all digits of quantities and prices are kept.
    :cvar exact_sums: sums have all digits; otherwise the first 15 significant
        ones.
    :cvar keeps_metadata: metadata stay apart from grouping attributes.
    :cvar keeps_description: points keep their description.
    :cvar keeps_scope_key: scopes of several scope keys can be stored.
    :cvar scope_id_length: maximum length of a scope identifier.
    :cvar last_character: of scope identifiers, metrics and units.
    :cvar atomic_replace: a read sees the old or the new state of a whole
        replacement. Otherwise it sees each point old or new, and of each
        period never fewer than either state has.
    :cvar years: years of periods that are stored.
    :cvar refused_years: years whose periods are refused.
    """

    exact = True
    exact_sums = True
    keeps_metadata = True
    keeps_description = True
    keeps_scope_key = True
    scope_id_length = 256
    last_character = "\U0010ffff"
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

    def kept(self, frames):
        """Return frames in the form in which the format keeps them."""
        return [
            dataframe.DataFrame(
                frame.start,
                frame.end,
                {
                    metric: [self.kept_point(point) for point in points]
                    for metric, points in frame.itertypes()
                },
            )
            for frame in frames
        ]

    def kept_point(self, point):
        """Return a point in the form in which the format keeps it."""
        if not self.keeps_metadata:
            point = point._replace(groupby=point.desc, metadata={})
        if not self.keeps_description:
            point = point._replace(description=None)
        return point

    def scope_ids(self):
        """Return unusual scope identifiers that the format can hold."""
        return [
            name
            for name in usage.HOSTILE
            if len(name) <= self.scope_id_length
            and max(name) <= self.last_character
        ]

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
