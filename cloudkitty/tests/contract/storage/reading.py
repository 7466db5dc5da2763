# SPDX-License-Identifier: Apache-2.0
"""Order, pages and consistency of reads."""

import threading

from cloudkitty.storage import base
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage


class Reading(case.StorageCase):
    """Tests of ``retrieve`` and of pages of ``total``."""

    def test_readers_never_see_a_gap(self):
        window = usage.hours(0, 5)
        self.replace("p1", window, usage.frames(0, 5, price="1"))
        over = threading.Event()
        seen = []
        finished = [1]
        lowest = []
        query = base.Query(window=window, filters={"project_id": ["p1"]})

        def read():
            while not over.is_set():
                lowest.extend(finished[-1:] * 2)
                rows = self.storage.total(query, ["time"]).rows
                seen.append([(row.qty, row.rate) for row in rows])
                got = self.storage.retrieve(query)
                seen.append(
                    [
                        (
                            sum(p.qty for p in points),
                            sum(p.price for p in points),
                        )
                        for points in (
                            [p for _, p in f.iterpoints()] for f in got.frames
                        )
                    ]
                )

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for price in range(2, 40):
                self.replace("p1", window, usage.frames(0, 5, price=price))
                finished.append(price)
        finally:
            over.set()
            reader.join()
        self.assertTrue(seen)
        if self.atomic_replace:
            self._check_states(seen)
        for periods, price in zip(seen, lowest, strict=True):
            # At least each point of the replacements that had ended.
            self.assertEqual(5, len(periods))
            for qty, rate in periods:
                self.assertLessEqual(2, qty)
                self.assertLessEqual(2 * price, rate)

    def _check_states(self, seen):
        """Each is one of the states, and none follows a newer one."""
        states = [
            [(usage.D(2), usage.D(2 * price))] * 5 for price in range(1, 40)
        ]
        numbers = [states.index(state) for state in seen]
        self.assertEqual(sorted(numbers), numbers)

    def test_order_and_pages_of_points(self):
        for name in ("p2", "p1"):
            self.replace(
                name,
                usage.hours(0, 2),
                [
                    usage.frame(
                        hour,
                        ram=[usage.point(groupby={"n": f"{name}-{hour}-ram"})],
                        Cpu=[
                            usage.point(groupby={"n": f"{name}-{hour}-{n}"})
                            for n in ("z", "a")
                        ],
                    )
                    for hour in (1, 0)
                ],
            )
        everything = [
            f"{name}-{hour}-{what}"
            for hour in (0, 1)
            for whats in (("z", "a"), ("ram",))
            for name in ("p1", "p2")
            for what in whats
        ]
        for offset, limit in (
            (0, None),
            (5, None),
            (0, 12),
            (0, 5),
            (5, 5),
            (10, 5),
            (12, 5),
            (3, 0),
        ):
            page = self.retrieve(offset=offset, limit=limit)
            self.assertEqual(12, page.total)
            end = None if limit is None else offset + limit
            self.assertEqual(
                everything[offset:end],
                [
                    p.groupby["n"]
                    for f in page.frames
                    for _, p in f.iterpoints()
                ],
            )
            starts = [f.start for f in page.frames]
            self.assertEqual(sorted(set(starts)), starts)
        self.assertEqual(
            base.Frames(total=0, frames=[]), self.retrieve("nobody")
        )

    def test_pages_without_a_count_of_all_points(self):
        hours = (0, 1, 2, 5, 30, 31, 32, 70)
        window = usage.hours(-3, 80)
        for name in ("p1", "p2"):
            new = [
                frame
                for hour in hours
                for frame in usage.frames(hour, hour + 1)
            ]
            self.replace(name, window, new)
        everything = self.retrieve(window=window)
        self.assertEqual(4 * len(hours), everything.total)
        for offset in range(0, everything.total + 3, 3):
            for limit in (1, 4, 100):
                wanted = {"window": window, "offset": offset, "limit": limit}
                page = self.retrieve(**wanted, counted=False)
                self.assertEqual(
                    self.retrieve(**wanted).frames, page.frames, wanted
                )
                end = offset + limit
                if end < everything.total:
                    self.assertLess(end, page.total)
                    self.assertLessEqual(page.total, everything.total)
                else:
                    self.assertEqual(everything.total, page.total)
        ever = self.retrieve(window=base.EVER, limit=99, counted=False)
        self.assertEqual(everything.frames, ever.frames)

    def test_metrics_of_a_query(self):
        self.replace(
            "p1",
            usage.hours(0, 1),
            [
                usage.frame(
                    0,
                    cpu=[usage.point()],
                    CPU=[usage.point("2")],
                    ram=[usage.point("4")],
                )
            ],
        )
        for metrics, expected in (
            ([], 7),
            (["cpu"], 1),
            (["CPU", "ram"], 6),
            (["ram "], None),
            (["r%"], None),
        ):
            found = self.sums(metrics=metrics)
            self.assertEqual(expected, found[0][1] if found else None)
        self.assertEqual(2, self.retrieve("p1", metrics=["CPU", "ram"]).total)

    def test_no_data(self):
        for groupby in ([], ["type"], ["time"], ["project_id", "x"]):
            found = self.storage.total(
                base.Query(window=usage.hours(0, 1)), groupby
            )
            self.assertEqual((0, []), (found.total, list(found.rows)))

    def test_pages_of_rows(self):
        self.replace(
            "p1",
            usage.hours(0, 1),
            [
                usage.frame(
                    0,
                    cpu=[
                        usage.point(groupby={"id": f"{n % 7}"})
                        for n in range(21)
                    ],
                )
            ],
        )
        for offset, limit, expected in (
            (0, None, "0123456"),
            (0, 3, "012"),
            (3, 3, "345"),
            (6, 3, "6"),
            (7, 3, ""),
            (2, None, "23456"),
            (2, 0, ""),
        ):
            found = self.storage.total(
                base.Query(
                    window=usage.hours(0, 1), offset=offset, limit=limit
                ),
                ["id"],
            )
            self.assertEqual(7, found.total)
            self.assertEqual(
                list(expected), [row.groups["id"] for row in found.rows]
            )
        one = base.Query(window=usage.hours(0, 1), offset=1, limit=5)
        self.assertEqual(
            base.Totals(total=1, rows=[]), self.storage.total(one)
        )
