# SPDX-License-Identifier: Apache-2.0
"""Report of a range of seeds: situations that occurred or are missing."""

import collections
import collections.abc
import dataclasses

from cloudkitty.tests.simulation import faults
from cloudkitty.tests.simulation import runner
from cloudkitty.tests.simulation import situations
from cloudkitty.tests.simulation.rules import tasks as task_rules


@dataclasses.dataclass
class Totals:
    """Sums over seeds.

    :ivar failures: seed -> broken invariant.
    """

    seeds: int = 0
    steps: int = 0
    seconds: float = 0.0
    failures: dict[int, str] = dataclasses.field(default_factory=dict)
    transitions: collections.Counter = dataclasses.field(
        default_factory=collections.Counter
    )
    faults: collections.Counter = dataclasses.field(
        default_factory=collections.Counter
    )
    situations: collections.Counter = dataclasses.field(
        default_factory=collections.Counter
    )
    events: collections.Counter = dataclasses.field(
        default_factory=collections.Counter
    )

    def add(self, result: runner.Result) -> None:
        """Count one seed."""
        self.seeds += 1
        self.steps += len(result.log)
        self.seconds += result.seconds
        if result.failure:
            self.failures[result.seed] = result.failure
        self.transitions += result.transitions
        self.faults += result.faults
        self.situations += result.situations
        kind = "joined" if result.joined else "apart"
        self.events[f"storage {kind}"] += 1
        for line in result.log:
            for word in (" crashes ", " freezes ", " is to stop"):
                if word in line:
                    self.events[word.strip()] += 1

    def merge(self, other: "Totals") -> None:
        """Add the sums of another process."""
        for field in dataclasses.fields(self):
            mine, more = getattr(self, field.name), getattr(other, field.name)
            if isinstance(mine, dict) and not isinstance(
                mine, collections.Counter
            ):
                mine.update(more)
            else:
                setattr(self, field.name, mine + more)

    def missing(self) -> list[str]:
        """Return the transitions, faults and situations never seen."""
        ways = [
            f"transition {source or 'nothing'} -> {target}"
            for source, target in sorted(task_rules.EVERY)
            if not self.transitions[source, target]
        ]
        ways += [
            what for what in situations.EVERY if not self.situations[what]
        ]
        return ways + [
            f"fault {place} {kind}"
            for place, kinds in faults.KINDS.items()
            for kind in kinds
            if not self.faults[place, kind]
        ]

    def lines(self) -> collections.abc.Iterator[str]:
        """Yield the report."""
        yield (
            f"{self.seeds} seeds, {self.steps} steps, "
            f"{self.seconds:.0f} s of runs, {len(self.failures)} failed"
        )
        for what, count in sorted(self.events.items()):
            yield f"  {what:<40} {count:>9}"
        for what in situations.EVERY:
            yield f"  {what:<40} {self.situations[what]:>9}"
        for (source, target), count in sorted(self.transitions.items()):
            yield f"  {source or 'nothing'} -> {target:<29} {count:>9}"
        for (place, kind), count in sorted(self.faults.items()):
            yield f"  {place:<10} {kind:<29} {count:>9}"
        for seed, failure in sorted(self.failures.items()):
            yield f"seed {seed}: {failure[:500]}"
