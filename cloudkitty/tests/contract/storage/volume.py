# SPDX-License-Identifier: Apache-2.0
"""10^5 points of one scope, in bounded memory.

Apart from ``StorageContract``, because one class for each format is enough.
"""

import collections
import json
import os
import pathlib
import re
import traceback

from cloudkitty.storage import base
from cloudkitty.storage import pages
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage

HOURS, SERIES = 100, 1000
POINTS = HOURS * SERIES
WINDOW = usage.hours(0, HOURS)
#: Hours of one replacement, as a task divides its window.
_CHUNK = 20
_MEMORY = re.compile(r"^Vm(HWM|RSS):\s+(\d+) kB$", re.MULTILINE)
_DEEP = POINTS - 50


class Volume(case.StorageCase):
    """Growth of the process in MiB, measured in a child process.

    :cvar sum_mebibytes: bound for sums and counts of all points.
    :cvar page_mebibytes: bound for pages of ``pages.PAGE`` points.
    :cvar deep_mebibytes: bound for a small page behind many points.
    :cvar replace_mebibytes: bound for a replacement of all points at once,
        without the frames themselves.
    """

    sum_mebibytes = 16
    page_mebibytes = 72
    deep_mebibytes = 16
    replace_mebibytes = 72

    def reopen(self) -> base.Storage:
        """Return the storage for another process."""
        raise NotImplementedError

    def frames(self, first, last, price="1"):
        points = [
            usage.point(
                price=price, groupby={"id": f"i-{n}"}, metadata={"a": "b"}
            )
            for n in range(SERIES)
        ]
        return [usage.frame(hour, cpu=points) for hour in range(first, last)]

    def test_many_points_in_bounded_memory(self):
        for first in range(0, HOURS, _CHUNK):
            self.replace(
                "p1",
                usage.hours(first, first + _CHUNK),
                self.frames(first, first + _CHUNK),
            )
        self.replace("p2", usage.hours(0, 1), usage.frames(0, 1))
        query = base.Query(window=WINDOW, filters={"project_id": ["p1"]})
        for work, most in (
            (self.sum_up, self.sum_mebibytes),
            (self.read_pages, self.page_mebibytes),
            (self.read_deep, self.deep_mebibytes),
        ):
            found, grown = self.in_child(work, query)
            self.assertEqual([POINTS] * len(found), found, work.__name__)
            self.assertLess(grown, most, work.__name__)

    def test_many_points_are_replaced_in_bounded_memory(self):
        frames = self.frames(0, HOURS)
        _, grown = self.in_child(self.replace, "p1", WINDOW, frames)
        self.assertLess(grown, self.replace_mebibytes)
        # Half of them again, with another price.
        fewer = [
            usage.frame(hour, cpu=frame.usage["cpu"][: SERIES // 2])
            for hour, frame in enumerate(self.frames(0, HOURS, price="3"))
        ]
        _, grown = self.in_child(self.replace, "p1", WINDOW, fewer)
        self.assertLess(grown, self.replace_mebibytes)
        [(_, qty, rate)] = self.sums(window=WINDOW)
        self.assertEqual((POINTS / 2, POINTS * 3 / 2), (qty, rate))

    def sum_up(self, query):
        """Return numbers of points that must be all."""
        [total] = self.storage.total(query).rows
        by_time = self.storage.total(query, ["time", "type"]).rows
        counts = self.storage.count(query)
        return [
            total.points,
            int(total.rate),
            sum(row.points for row in by_time),
            sum(count.points * count.periods for count in counts),
        ]

    def read_pages(self, query):
        found = collections.Counter()
        for frame in pages.frames(self.storage, query):
            found[frame.start] += len(frame)
        self.assertEqual(
            [SERIES] * HOURS, [count for _, count in sorted(found.items())]
        )
        return [found.total()]

    def read_deep(self, query):
        page = self.storage.retrieve(
            base.Query(
                window=query.window,
                filters=query.filters,
                offset=_DEEP,
                limit=100,
            )
        )
        return [page.total, _DEEP + sum(map(len, page.frames))]

    def in_child(self, work, *arguments):
        """Return the result of ``work`` and the growth in MiB.

        The peak of a child begins with its size after the fork.
        """
        self.storage.close()
        receiver, sender = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                self.storage = self.reopen()
                before = _memory()["RSS"]
                result = work(*arguments)
                grown = (_memory()["HWM"] - before) / 1024
                text = json.dumps([result, grown])
            except BaseException:
                text = json.dumps([traceback.format_exc(), -1])
            os.write(sender, text.encode())
            os._exit(0)
        os.close(sender)
        with open(receiver) as stream:
            result, grown = json.loads(stream.read())
        os.waitpid(pid, 0)
        if grown < 0:
            self.fail(result)
        return result, grown


def _memory() -> dict[str, int]:
    """Return peak (HWM) and current size in KiB (proc_pid_status(5))."""
    text = pathlib.Path("/proc/self/status").read_text()
    return {name: int(size) for name, size in _MEMORY.findall(text)}
