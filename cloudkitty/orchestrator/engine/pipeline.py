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

from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import periods
from cloudkitty.orchestrator.engine import answers
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import collect_and_rate
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.rating import loader as rating_loader

#: Returns the numbers of stored points of a chunk.
Look = collections.abc.Callable[[periods.Window], replace_or_keep.Stored]
#: Stores a chunk; called in another thread, for one chunk at a time.
Store = collections.abc.Callable[
    [periods.Window, list[rated_periods.RatedPeriod], replace_or_keep.Stored],
    None,
]


@dataclasses.dataclass(frozen=True, slots=True)
class _Ahead:
    """A chunk that is being collected.

    :param stored: the result of ``Look``.
    """

    collecting: collection.Collection
    stored: concurrent.futures.Future[replace_or_keep.Stored]

    def cancel(self) -> None:
        self.collecting.cancel()
        self.stored.cancel()


class Pipeline:
    """Processes a window of one scope.

    :param engine: collects and rates.
    :param period_seconds: ``[collect] period``.
    :param storing: executor of the thread that stores.
    :param sizer: divides the window into chunks.
    :param look: called by the storing thread during the chunk's collection.
    :param load_chain: returns the scope's rating modules; called once,
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
        scope_id: str,
        window: periods.Window,
        look: Look,
        load_chain: collections.abc.Callable[[], rating_loader.Chain],
        metrics: collections.abc.Sequence[ck_metrics.Metric],
        pulse: collection.Pulse,
    ) -> None:
        self._engine = engine
        self._storing = storing
        self._sizer = sizer
        self._period_seconds = period_seconds
        self._scope_id = scope_id
        self._window = window
        self._look = look
        self._load_chain = load_chain
        self._chain: rating_loader.Chain | None = None
        self._metrics = metrics
        self._pulse = pulse
        self._ahead: _Ahead | None = None
        self._stored: concurrent.futures.Future[None] | None = None
        self._in_storing: periods.Window | None = None
        #: The current chunk, or those of its periods that failed; None
        #: before the first chunk.
        self.chunk: periods.Window | None = None

    def begin(self) -> rating_loader.Chain:
        """Begin to collect, and load the rating modules at the same time.

        For callers that have an open transaction to load the modules in;
        ``run`` calls it otherwise.
        """
        self._ahead = self._collect(self._window)
        self.chunk = self._ahead.collecting.window
        try:
            self._chain = self._load_chain()
        except BaseException:
            self._cancel()
            raise
        return self._chain

    def run(self, store: Store) -> None:
        """Collect, rate and store the whole window.

        Returns when the last chunk is stored. If a period fails, every period
        before it is still stored. An error while storing an earlier chunk
        takes precedence over an error of a later chunk.

        :param store: raises to stop.
        """
        chain = self._chain or self.begin()
        try:
            while ahead := self._ahead:
                part = self._next(ahead.collecting, chain)
                if part.periods:
                    self._begin_to_store(store, part.periods, ahead.stored)
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
        rated: list[rated_periods.RatedPeriod],
        stored: concurrent.futures.Future[replace_or_keep.Stored],
    ) -> None:
        self._await_stored()
        chunk = periods.Window(rated[0].frame.start, rated[-1].frame.end)
        self._in_storing = chunk
        self._stored = self._storing.submit(
            lambda: store(chunk, rated, stored.result())
        )

    def _next(
        self, collecting: collection.Collection, chain: rating_loader.Chain
    ) -> answers.Part[rated_periods.RatedPeriod]:
        """Return the next rated periods; begin to collect the next chunk."""
        self.chunk = collecting.window
        collected = collecting.frames(self._pulse)
        frames, failure = collected.periods, collected.failure
        if frames:
            self._sizer.learn(len(frames), sum(map(len, frames)))
        self._ahead = None
        if failure is not None and self._divide(failure):
            failure = None
        if failure is None:
            end = frames[-1].end if frames else collecting.window.begin
            if end < self._window.end:
                rest = periods.Window(end, self._window.end)
                self._ahead = self._collect(rest)
        rated = self._engine.rate_frames(frames, chain, self._pulse)
        if rated.failure is not None:
            # This is the older failure. The later periods are not needed.
            self._cancel()
            return rated
        return answers.Part(rated.periods, failure)

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
        """Begin to collect the next chunk and to count its stored points."""
        chunk = self._sizer.next_chunk(rest)
        return _Ahead(
            self._engine.start(self._scope_id, chunk, self._metrics),
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
