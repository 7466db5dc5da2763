# SPDX-License-Identifier: Apache-2.0
"""Permitted changes of a reset: one scope, from one date on."""

import typing

from cloudkitty.tests.simulation.rules import snapshot


class Reset(typing.NamedTuple):
    """What was ordered.

    :param begin: of the first period to rate again, Unix time.
    """

    scope_id: str
    begin: int

    def broken(
        self,
        before: snapshot.Snapshot,
        after: snapshot.Snapshot,
        joined: bool,
    ) -> str | None:
        """Return the rule that a commit breaks; None if it breaks none.

        :param joined: whether the points lie in the same database.
        """
        if self.scope_id not in before.states:
            return "a scope was made"
        moved = after.states[self.scope_id]._replace(last=self.begin - 3600)
        if after.states != {**before.states, self.scope_id: moved}:
            return f"the scopes became {after.states}"
        if after.tasks != before.tasks:
            return "a task was changed"
        left = [key for key in after.points if self._holds(key)]
        if joined and left:
            return f"these periods were left: {left}"
        return self.wrong_points(before.points, after.points)

    def wrong_points(
        self, before: snapshot.Points, after: snapshot.Points
    ) -> str | None:
        """Return which points were not just deleted; None if all were."""
        for key in snapshot.changed(before, after):
            if not self._holds(key) or after.get(key):
                return f"{key} was changed"
        return None

    def _holds(self, key: tuple[str, int]) -> bool:
        return key[0] == self.scope_id and key[1] >= self.begin
