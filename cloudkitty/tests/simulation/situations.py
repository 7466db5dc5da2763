# SPDX-License-Identifier: Apache-2.0
"""Situations other than faults that a long range of seeds must reach."""

import collections
import logging

OTHER_PERIOD = "task of another period refused"
UNDEFINED_KEPT = "undefined metric kept"
UNDEFINED_EMPTIED = "undefined metric emptied by name"
UNDEFINED_REFUSED = "undefined metric refused"
SCOPE_RESET = "scope reset"
SCOPE_SWITCHED = "scope switched off"
SCOPE_LISTED = "scope listed later"
SHARDS_SHARED = "shards claimed beside those of another"
SHARD_TAKEN_OVER = "shard taken over after its lease"
COHORT_STORED = "cohort stored in one transaction"
CHUNK_IN_PARTS = "chunk stored in several transactions"
COHORT_DIVIDED = "cohort divided after an error"
LEFT_LOCKED = "left a cohort: locked"
LEFT_SWITCHED = "left a cohort: switched off"
LEFT_RESET = "left a cohort: reset"
LEFT_MOVED = "left a cohort: moved by another"
LEFT_UNCOLLECTED = "left a cohort: not collected"
LEFT_UNRATED = "left a cohort: not rated"
LEFT_UNSTORED = "left a cohort: not stored"
CLOSED_REFUSED = "closed periods refused"
CLOSED_FORCED = "closed period rated by force"
#: By the first word of the log line of ``orchestrator.cycle``.
RATED = {
    "cycle": "scope rated by a tick",
    "retries": "scope rated by a retry without a tick",
    "resets": "scope rated after a reset without a tick",
}
EVERY = (
    OTHER_PERIOD,
    UNDEFINED_KEPT,
    UNDEFINED_EMPTIED,
    UNDEFINED_REFUSED,
    SCOPE_RESET,
    SCOPE_SWITCHED,
    SCOPE_LISTED,
    SHARDS_SHARED,
    SHARD_TAKEN_OVER,
    COHORT_STORED,
    CHUNK_IN_PARTS,
    COHORT_DIVIDED,
    LEFT_LOCKED,
    LEFT_SWITCHED,
    LEFT_RESET,
    LEFT_MOVED,
    LEFT_UNCOLLECTED,
    LEFT_UNRATED,
    LEFT_UNSTORED,
    CLOSED_REFUSED,
    CLOSED_FORCED,
    *RATED.values(),
)
#: Of live rating, which says by its log why it looked at scopes.
LOGGER = "cloudkitty.orchestrator.cycle"


class RatedScopes(logging.Handler):
    """Counts the scopes that live rating rated, by cause of the wake-up.

    :param seen: the counter.
    """

    def __init__(self, seen: collections.Counter[str]) -> None:
        super().__init__(logging.INFO)
        self._seen = seen
        self._logger = logging.getLogger(LOGGER)

    def emit(self, record: logging.LogRecord) -> None:
        found = record.args
        if isinstance(found, dict) and found.get("rated"):
            event = str(record.msg).partition(" ")[0]
            self._seen[RATED[event]] += 1

    def __enter__(self) -> "RatedScopes":
        self._level = self._logger.level
        self._logger.setLevel(logging.INFO)
        self._logger.addHandler(self)
        return self

    def __exit__(self, *raised: object) -> None:
        self._logger.removeHandler(self)
        self._logger.setLevel(self._level)
