# SPDX-License-Identifier: Apache-2.0
"""A window worked off chunk by chunk, three chunks at a time.

While one chunk is rated, the one after it is collected and the one before it
stored: backend, processor and database work at once. Chunks are stored one
after the other, oldest first.

A chunk is a unit of transfer, and not of failure: the periods before one that
cannot be collected or rated are stored.
"""

import collections.abc
import concurrent.futures
import dataclasses

from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import periods
from cloudkitty.orchestrator import answers
from cloudkitty.orchestrator import chunks
from cloudkitty.orchestrator import engine as ck_engine
from cloudkitty.orchestrator import keeping
from cloudkitty.rating import loader as rating_loader

#: Returns what is stored of a chunk.
Look = collections.abc.Callable[[periods.Window], keeping.Stored]
#: Stores a chunk; called in another thread, one chunk at a time.
Store = collections.abc.Callable[
    [periods.Window, list[ck_engine.RatedPeriod], keeping.Stored], None
]


@dataclasses.dataclass(frozen=True, slots=True)
class _Ahead:
    """A chunk that is being collected.

    :param stored: the result of ``Look``.
    """

    collection: ck_engine.Collection
    stored: concurrent.futures.Future[keeping.Stored]

    def cancel(self) -> None:
        self.collection.cancel()
        self.stored.cancel()


class Pipeline:
    """Works a window of one scope off.

    :param engine: collects and rates.
    :param period_seconds: ``[collect] period``.
    :param storing: the thread that stores.
    :param sizer: cuts the window.
    :param look: called by the thread that stores, while the chunk is
        collected.
    :param load_chain: gives the scope's rating modules; called once, while
        the first chunk is collected.
    :param metrics: what to collect.
    :param pulse: called every moment; raises to stop.
    """

    def __init__(
        self,
        engine: ck_engine.Engine,
        storing: concurrent.futures.Executor,
        sizer: chunks.Sizer,
        *,
        period_seconds: int,
        scope_id: str,
        window: periods.Window,
        look: Look,
        load_chain: collections.abc.Callable[[], rating_loader.Chain],
        metrics: collections.abc.Sequence[ck_metrics.Metric],
        pulse: ck_engine.Pulse,
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
        #: The chunk that is in work, or the periods of it that failed; None
        #: before the first.
        self.chunk: periods.Window | None = None

    def begin(self) -> rating_loader.Chain:
        """Begin to collect, and load the rating modules meanwhile.

        For those who have a transaction open in which to do it; ``run``
        does it for all others.
        """
        self._ahead = self._collect(self._window)
        self.chunk = self._ahead.collection.window
        try:
            self._chain = self._load_chain()
        except BaseException:
            self._cancel()
            raise
        return self._chain

    def run(self, store: Store) -> None:
        """Collect, rate and store all of the window.

        Returns when the last chunk is stored. If anything fails, every
        period before it is stored all the same; an error of the storing of
        an earlier chunk comes before one of a later chunk.

        :param store: raises to stop.
        """
        chain = self._chain or self.begin()
        try:
            while ahead := self._ahead:
                part = self._next(ahead.collection, chain)
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
                # Its failure is older than the one that led here.
                self._check_stored(self._stored)
            raise

    def _begin_to_store(
        self,
        store: Store,
        rated: list[ck_engine.RatedPeriod],
        stored: concurrent.futures.Future[keeping.Stored],
    ) -> None:
        self._await_stored()
        chunk = periods.Window(rated[0].frame.start, rated[-1].frame.end)
        self._in_storing = chunk
        self._stored = self._storing.submit(
            lambda: store(chunk, rated, stored.result())
        )

    def _next(
        self, collection: ck_engine.Collection, chain: rating_loader.Chain
    ) -> ck_engine.Part[ck_engine.RatedPeriod]:
        """Return the next periods rated, and collect those after them."""
        self.chunk = collection.window
        collected = collection.frames(self._pulse)
        frames, failure = collected.periods, collected.failure
        if frames:
            self._sizer.learn(len(frames), sum(map(len, frames)))
        self._ahead = None
        if failure is not None and self._divide(failure):
            failure = None
        if failure is None:
            end = frames[-1].end if frames else collection.window.begin
            if end < self._window.end:
                rest = periods.Window(end, self._window.end)
                self._ahead = self._collect(rest)
        rated = self._engine.rate_frames(frames, chain, self._pulse)
        if rated.failure is not None:
            # It is the older one. The periods behind it are of no use.
            self._cancel()
            return rated
        return ck_engine.Part(rated.periods, failure)

    def _divide(self, failure: answers.Failure) -> bool:
        """Make the next chunks smaller; return whether that may help."""
        count = failure.window.period_count(self._period_seconds)
        if count == 1 or not failure.divisible:
            return False
        # Each further attempt may last as long as the one without an answer.
        late = isinstance(failure.error, answers.NoAnswer)
        self._sizer.shrink(1 if late else count // 2)
        return True

    def _collect(self, rest: periods.Window) -> _Ahead:
        """Begin to collect the next chunk, and to look at its points."""
        chunk = self._sizer.next_chunk(rest)
        return _Ahead(
            self._engine.start(self._scope_id, chunk, self._metrics),
            self._storing.submit(self._look, chunk),
        )

    def _cancel(self) -> None:
        """Collect no more: nobody would take it."""
        if self._ahead is not None:
            self._ahead.cancel()

    def _await_stored(self) -> None:
        """Wait until nothing is being stored, and pass its failure on."""
        if self._stored is None:
            return
        pending = {self._stored}
        while pending:
            _, pending = concurrent.futures.wait(
                pending, timeout=ck_engine.PULSE_SECONDS
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
