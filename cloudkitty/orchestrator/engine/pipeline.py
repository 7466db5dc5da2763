# SPDX-License-Identifier: Apache-2.0
"""Process a window chunk by chunk, with three chunks in progress.

While one chunk is rated, the next one is collected and the previous one is
stored: backend, processor and database work at the same time. Chunks are
stored one after another, oldest first.

A chunk is a unit of transfer, not of failure: the periods before one that
cannot be collected or rated are stored.
"""

import collections.abc
import concurrent.futures
import dataclasses
import datetime

from cloudkitty import dataframe
from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import periods
from cloudkitty.orchestrator import measures
from cloudkitty.orchestrator.engine import answers
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import collect_and_rate
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.engine import members as ck_members
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.engine import set_parts

#: The rated periods of each scope, consecutive, oldest first.
Rated = collections.abc.Mapping[str, list[rated_periods.RatedPeriod]]
#: The numbers of stored points of each scope; a scope without points may be
#: missing.
StoredOf = collections.abc.Mapping[str, replace_or_keep.Stored]
#: Returns the numbers of stored points of a chunk.
Look = collections.abc.Callable[[periods.Window], StoredOf]
#: Stores a chunk; called in another thread, for one chunk at a time.
Store = collections.abc.Callable[[periods.Window, Rated, StoredOf], None]


@dataclasses.dataclass(frozen=True, slots=True)
class _Ahead:
    """A chunk that is being collected.

    :param stored: the result of ``Look``.
    """

    collecting: collection.Collection
    stored: concurrent.futures.Future[StoredOf]

    def cancel(self) -> None:
        self.collecting.cancel()
        self.stored.cancel()


class Pipeline:
    """Processes a window of one scope, or of several together.

    If one of several scopes fails, it leaves the set, and the others
    continue; see ``members``.

    :param engine: collects and rates.
    :param period_seconds: ``[collect] period``.
    :param storing: executor of the thread that stores.
    :param sizer: divides the window into chunks.
    :param members: the scopes.
    :param look: called by the storing thread during the chunk's collection.
    :param load_chains: returns the rating modules of the scopes; called once,
        during the collection of the first chunk.
    :param metrics: the metrics to collect.
    :param pulse: called regularly; raises to stop.
    """

    def __init__(
        self,
        engine: collect_and_rate.Engine,
        storing: concurrent.futures.Executor,
        sizer: chunks.Sizer,
        *,
        period_seconds: int,
        members: ck_members.Members,
        window: periods.Window,
        look: Look,
        load_chains: collections.abc.Callable[[], set_parts.Chains],
        metrics: collections.abc.Sequence[ck_metrics.Metric],
        pulse: collection.Pulse,
    ) -> None:
        self._engine = engine
        self._storing = storing
        self._sizer = sizer
        self._period_seconds = period_seconds
        self._members = members
        self._window = window
        self._look = measures.storage_errors(look)
        self._load_chains = load_chains
        self._chains: set_parts.Chains | None = None
        self._metrics = metrics
        self._pulse = pulse
        self._ahead: _Ahead | None = None
        self._stored: concurrent.futures.Future[None] | None = None
        self._in_storing: periods.Window | None = None
        #: The current chunk, or those of its periods that failed; None
        #: before the first chunk.
        self.chunk: periods.Window | None = None

    def begin(self) -> set_parts.Chains:
        """Begin to collect, and load the rating modules at the same time.

        For callers that have an open transaction to load the modules in;
        ``run`` calls it otherwise.
        """
        self._ahead = ahead = self._collect(self._window)
        self.chunk = ahead.collecting.window
        try:
            self._chains = self._load_chains()
        except BaseException:
            self._cancel()
            raise
        return self._chains

    def run(self, store: Store) -> None:
        """Collect, rate and store the whole window.

        Returns when the last chunk is stored, or when no scope is left. If a
        period of the only scope fails, every period before it is still
        stored. An error while storing an earlier chunk takes precedence over
        an error of a later chunk.

        :param store: raises to stop.
        """
        chains = self._chains or self.begin()
        try:
            while ahead := self._ahead:
                part = self._next(ahead.collecting, chains)
                if any(part.of.values()):
                    self._begin_to_store(store, part.of, ahead.stored)
                if part.failure is not None:
                    self._await_stored()
                    self.chunk = part.failure.window
                    raise part.failure.named(self._period_seconds)
            self._await_stored()
        except BaseException:
            self._cancel()
            if self._stored is not None:
                concurrent.futures.wait({self._stored})
                # Its failure precedes the current one.
                self._check_stored(self._stored)
            raise

    def _begin_to_store(
        self,
        store: Store,
        rated: Rated,
        stored: concurrent.futures.Future[StoredOf],
    ) -> None:
        self._await_stored()
        # All scopes have the same periods.
        some = next(iter(rated.values()))
        chunk = periods.Window(some[0].frame.start, some[-1].frame.end)
        self._in_storing = chunk

        def work() -> None:
            counts = stored.result()
            with measures.phase(measures.STORE):
                store(chunk, rated, counts)

        self._stored = self._storing.submit(work)

    def _next(
        self, collecting: collection.Collection, chains: set_parts.Chains
    ) -> set_parts.Parts[rated_periods.RatedPeriod]:
        """Return the next rated periods; begin to collect the next chunk."""
        self.chunk = collecting.window
        parts = collecting.frames(self._pulse)
        measures.collected(parts)
        collected = set_parts.take(parts, self._members)
        failure = collected.failure
        self._learn(collected.of)
        self._ahead = None
        if failure is not None and self._divide(failure):
            failure = None
        if failure is None:
            end = self._end_of(collected.of, collecting.window)
            if end < self._window.end:
                rest = periods.Window(end, self._window.end)
                self._ahead = self._collect(rest)
        with measures.phase(measures.RATE):
            rated = set_parts.rate(
                self._engine, collected.of, chains, self._members, self._pulse
            )
        if rated.failure is not None or not self._members.ids:
            # This is the older failure. The later periods are not needed.
            self._cancel()
            self._ahead = None
            return rated
        return set_parts.Parts(rated.of, failure)

    def _learn(self, frames: dict[str, list[dataframe.DataFrame]]) -> None:
        found = [part for part in frames.values() if part]
        if found:
            points = sum(sum(map(len, part)) for part in found)
            self._sizer.learn(len(found[0]), points)

    def _end_of(
        self,
        frames: dict[str, list[dataframe.DataFrame]],
        chunk: periods.Window,
    ) -> datetime.datetime:
        """Return the end of the collected periods."""
        some = next(iter(frames.values()), [])
        return some[-1].end if some else chunk.begin

    def _divide(self, failure: answers.Failure) -> bool:
        """Make the next chunks smaller; return whether that may help."""
        count = failure.window.period_count(self._period_seconds)
        if count == 1 or not failure.divisible:
            return False
        # Each further attempt may take as long as the unanswered one.
        late = isinstance(failure.error, answers.NoAnswer)
        self._sizer.shrink(1 if late else count // 2)
        return True

    def _collect(self, rest: periods.Window) -> _Ahead:
        """Begin to collect the next chunk and to count its stored points.

        Scopes that leave the set from now on are collected in vain.
        """
        chunk = self._sizer.next_chunk(rest)
        return _Ahead(
            self._engine.start(self._members.ids, chunk, self._metrics),
            self._storing.submit(self._look, chunk),
        )

    def _cancel(self) -> None:
        """Cancel the current collection: its result is not needed."""
        if self._ahead is not None:
            self._ahead.cancel()

    def _await_stored(self) -> None:
        """Wait until no chunk is being stored; raise the error of storing."""
        if self._stored is None:
            return
        pending = {self._stored}
        while pending:
            _, pending = concurrent.futures.wait(
                pending, timeout=collection.PULSE_SECONDS
            )
            if pending:
                self._pulse()
        stored, self._stored = self._stored, None
        self._check_stored(stored)

    def _check_stored(self, stored: concurrent.futures.Future[None]) -> None:
        try:
            stored.result()
        except BaseException:
            self.chunk = self._in_storing
            raise
