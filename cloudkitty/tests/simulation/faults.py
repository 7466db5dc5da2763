# SPDX-License-Identifier: Apache-2.0
"""What may go wrong, and when: drawn from the seed, and counted."""

import collections
import collections.abc
import random

#: Of the collector, at the HTTP level (``transport``).
COLLECTOR = (
    "refused",
    "reset",
    "timeout",
    "executed-then-timeout",
    "429",
    "500",
    "truncated-json",
    "not-json",
    "empty",
    "partial-metric",
    "partial-periods",
    "warned-partial",
    "drip",
    "endless",
    "bomb",
    "redirect",
    "nan",
    "inf",
    "many-series",
)
#: Of the service's database, at a statement (``sql``),
STATEMENT = (
    "deadlock",
    "lock-wait",
    "lost-connection",
    "database-is-locked",
    "disk-full",
)
#: and at a commit.
COMMIT = (
    "deadlock",
    "lost-before-commit",
    "lost-after-commit",
    "database-is-locked",
    "disk-full",
)
#: Of a storage that is a server of its own (``stores``).
STORAGE = (
    "refused",
    "reset",
    "timeout",
    "executed-then-timeout",
    "429",
    "500",
    "disk-full",
)
#: Of the lock server.
LOCKS = ("unreachable",)
#: Of a rule.
RATING = ("broken-rule",)

KINDS: dict[str, tuple[str, ...]] = {
    "collector": COLLECTOR,
    "statement": STATEMENT,
    "commit": COMMIT,
    "storage": STORAGE,
    "locks": LOCKS,
    "rating": RATING,
}


class Faults:
    """Decides at each place whether a fault occurs there.

    :param draw: the seed's random numbers.
    :param rates: place to how likely a fault is there, from 0 to 1.
    :ivar on: False when all troubles are over.
    :ivar seen: (place, kind) to how often it happened.
    """

    def __init__(
        self,
        draw: random.Random,
        rates: collections.abc.Mapping[str, float],
    ) -> None:
        self._draw = draw
        self._rates = rates
        self.on = True
        self.seen: collections.Counter[tuple[str, str]] = collections.Counter()

    def at(self, place: str) -> str | None:
        """Draw a fault and count it; mostly None."""
        if not self.on or self._draw.random() >= self._rates[place]:
            return None
        kind = self._draw.choice(KINDS[place])
        self.seen[place, kind] += 1
        return kind


def draw_rates(draw: random.Random) -> dict[str, float]:
    """Return how likely faults are in one seed: from never to often."""
    return {
        "collector": draw.choice((0, 0.02, 0.1, 0.3, 0.6)),
        "statement": draw.choice((0, 0.003, 0.02)),
        "commit": draw.choice((0, 0.02, 0.1)),
        "storage": draw.choice((0, 0.05, 0.2)),
        "locks": draw.choice((0, 0.01, 0.05)),
        "rating": draw.choice((0, 0.01, 0.1)),
    }
