# SPDX-License-Identifier: Apache-2.0
"""Select the scripts in force at a time."""

import bisect
import collections.abc
import datetime

from cloudkitty.db.rules import scripts as script_rows


class Timeline:
    """The scripts of all times, from one read of the database.

    :param scripts: in the order in which they run; deleted ones are never in
        force, for any period.
    """

    def __init__(
        self, scripts: collections.abc.Iterable[script_rows.Script]
    ) -> None:
        self._scripts = [one for one in scripts if one.deleted is None]
        edges = {one.start for one in self._scripts}
        edges |= {one.end for one in self._scripts if one.end is not None}
        self._edges = sorted(edges)
        self._stretches: dict[int, tuple[script_rows.Script, ...]] = {}

    def at(self, at: datetime.datetime) -> tuple[script_rows.Script, ...]:
        """Return the scripts in force for the period that starts then."""
        stretch = bisect.bisect_right(self._edges, at)
        if stretch not in self._stretches:
            self._stretches[stretch] = tuple(
                one
                for one in self._scripts
                if one.start <= at and (one.end is None or one.end > at)
            )
        return self._stretches[stretch]
