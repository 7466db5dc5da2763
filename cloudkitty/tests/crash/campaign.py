# SPDX-License-Identifier: Apache-2.0
"""Kill processes at every point and record the damage."""

import collections
import dataclasses
import json
import os
import time

from cloudkitty.tests import databases
from cloudkitty.tests.crash import home
from cloudkitty.tests.crash import points

#: Kills over all databases; 0 means one a point and database,
#: of ``points.FEW`` those only.
KILLS = int(os.environ.get("CLOUDKITTY_TEST_KILLS_NAMED", "0"))
#: File that gets one line (JSON) a kill.
RECORD = os.environ.get("CLOUDKITTY_TEST_KILLS_RECORD")


def shares(family, backend):
    """Return point -> number of kills for one family on one database."""
    places = [
        (database, name, point)
        for name, found in points.FAMILIES.items()
        for point in found
        for database in databases.BACKENDS
    ]
    if not KILLS and family in points.FEW:
        return dict.fromkeys(points.FEW[family], 1)
    # The first points get the remainder of the division.
    each, left = divmod(KILLS or len(places), len(places))
    return {
        point: each + (index < left)
        for index, (database, name, point) in enumerate(places)
        if (database, name) == (backend, family)
    }


def hits(kills, count):
    """Return at which of ``count`` hits each of some kills is done."""
    return [
        1 + (2 * number + 1) * count // (2 * kills) for number in range(kills)
    ]


@dataclasses.dataclass(frozen=True)
class Damage:
    """Differences between stored rows and those of an undisturbed run.

    :param lost: missing rows.
    :param doubled: duplicate or unexpected rows.
    :param wrong: rows with other values.
    """

    lost: int
    doubled: int
    wrong: int

    @classmethod
    def of(cls, expected, found):
        """Compare two dumps."""
        there = collections.Counter(map(_identity, found))
        wanted = collections.Counter(map(_identity, expected))
        missing = collections.Counter(expected) - collections.Counter(found)
        lost = (wanted - there).total()
        return cls(
            lost=lost,
            doubled=(there - wanted).total(),
            wrong=missing.total() - lost,
        )

    def __bool__(self):
        return bool(self.lost or self.doubled or self.wrong)


def _identity(row):
    """Return the columns that identify a point."""
    names = ("scope_id", "metric", "begin", "groupby", "metadata")
    return tuple(dict(row)[name] for name in names)


class Missed(Exception):
    """A child came by its point less often than it should have."""


class Campaign:
    """Consecutive kills on one deployment.

    :param place: the deployment.
    :param family: a key of ``points.FAMILIES``.
    :cvar scope_ids: scopes of the tasks.
    """

    scope_ids = ()

    def __init__(self, place, family):
        self.place = place
        self.test = place.test
        self.family = family
        self.wrecks = []

    def count(self):
        """Return point -> how often an undisturbed run comes by."""
        return collections.defaultdict(lambda: 1)

    def kill(self, point, hit):
        """Kill once and recover; return the first fault, or None."""
        raise NotImplementedError

    def run(self, backend):
        """Do this family's share; fail at the end if anything was wrong."""
        counts = self.count()
        for point, kills in shares(self.family, backend).items():
            self.test.assertGreater(counts[point], 0, f"{point} is nowhere")
            for hit in hits(kills, counts[point]):
                began = time.monotonic()
                at, wrong = self._kill_by(point, hit)
                self.place.mend(self.scope_ids)
                if wrong:
                    self.wrecks.append((point, at, wrong))
                self._record(
                    backend=backend,
                    family=self.family,
                    point=point,
                    hit=at,
                    wrong=repr(wrong) if wrong else None,
                    lost=getattr(wrong, "lost", 0),
                    doubled=getattr(wrong, "doubled", 0),
                    seconds=round(time.monotonic() - began, 3),
                )
        self.test.assertEqual([], self.wrecks)

    def _kill_by(self, point, hit):
        """Kill at the hit, or at the last earlier one that is reached.

        :returns: the number of the hit, and the result of ``kill``.
        """
        for earlier in range(hit, 0, -1):
            try:
                return earlier, self.kill(point, earlier)
            except Missed:
                self.place.mend(self.scope_ids)
        return self.test.fail(f"{point} is nowhere")

    def die(self, actor, point, hit, **arguments):
        """Let a child die at a point, and prove that it did there."""
        pid = self.place.start_child(actor, point, hit, **arguments)
        self.check_dead(pid, point, hit)

    def check_dead(self, pid, point, hit):
        """Prove that the child was killed at the point.

        :raises Missed: if it ended before, as it may.
        """
        ended = home.nursery().wait(pid)
        if point.startswith(points.UNEVEN) and ended.status == 0:
            raise Missed
        self.test.assertEqual(home.Ended(-9, f"{point} {hit}"), ended)

    def _record(self, **values):
        if RECORD:
            with open(RECORD, "a") as file:
                file.write(f"{json.dumps(values)}\n")
