# SPDX-License-Identifier: Apache-2.0
"""The named points at which a process may be killed.

They are seams of our own classes: production code knows nothing of them.
"""

import collections.abc
import dataclasses
import functools
import pkgutil


@dataclasses.dataclass(frozen=True)
class Seam:
    """A point just before or just after a call.

    :param owner: the class or module that has the function.
    :param name: the function's name there.
    :param after: False for the moment before the call.
    :param given: only calls count that return something, and no empty list.
    """

    owner: str
    name: str
    after: bool
    given: bool = False

    def wrap(self, reach: collections.abc.Callable[[], None]) -> None:
        """Call ``reach`` at this point from now on, in this process."""
        owner = pkgutil.resolve_name(self.owner)
        original = getattr(owner, self.name)

        @functools.wraps(original)
        def call(*args, **kwargs):
            if not self.after:
                reach()
            result = original(*args, **kwargs)
            if self.after and (not self.given or result):
                reach()
            return result

        setattr(owner, self.name, call)


_ROWS = "cloudkitty.db.tasks.queries"
_CLAIMED = "cloudkitty.db.tasks.claims"
_OUTCOMES = "cloudkitty.orchestrator.reprocess.outcomes:Outcomes"
_CLAIMS = "cloudkitty.tasks.claims:Claims"
_COHORTS = "cloudkitty.db.tasks.cohorts"
_STORAGE = "cloudkitty.storage.v2.sqlalchemy"
_DRIVER = f"{_STORAGE}.driver:SQLAlchemyStorage"
_CURSORS = "cloudkitty.orchestrator.engine.cursors"
_STATE_CURSORS = "cloudkitty.orchestrator.engine.set_cursors"
_TASK_CURSORS = "cloudkitty.orchestrator.engine.task_cursors"

#: "written" is in the open transaction, "committed" after it.
SEAMS = {
    "claim.written": Seam(_CLAIMED, "claim", True, given=True),
    "claim.committed": Seam(_OUTCOMES, "begun", False),
    "cohort.written": Seam(_COHORTS, "claim_next", True, given=True),
    "cohort.advanced": Seam(_COHORTS, "advance", True),
    "cohort.ended": Seam(_COHORTS, "release", True),
    "cohort.totals": Seam(_CLAIMS, "keep_totals_of", True),
    "cohort.committed": Seam(
        "cloudkitty.orchestrator.engine.writer:Writer", "store_many", True
    ),
    "collected": Seam(
        "cloudkitty.collector.openmetrics.collector:OpenMetricsCollector",
        "collect",
        True,
    ),
    "rated": Seam(
        "cloudkitty.orchestrator.engine.collect_and_rate:Engine",
        "rate_frames",
        True,
    ),
    "storage.before": Seam(_DRIVER, "replace", False),
    "storage.deleted": Seam(f"{_STORAGE}.replace", "delete_points", True),
    "storage.after": Seam(_DRIVER, "replace", True),
    "totals.before": Seam("cloudkitty.db.tasks.totals", "add", False),
    "totals.written": Seam("cloudkitty.db.tasks.totals", "add", True),
    "totals.committed": Seam(_CLAIMS, "keep_totals", True),
    "cursor.before": Seam(f"{_CURSORS}:TaskCursor", "move", False),
    "cursor.after": Seam(f"{_CURSORS}:TaskCursor", "move", True),
    "cursors.before": Seam(f"{_TASK_CURSORS}:TaskCursors", "move", False),
    "cursors.after": Seam(f"{_TASK_CURSORS}:TaskCursors", "move", True),
    "set.before": Seam(_DRIVER, "replace_many", False),
    "set.after": Seam(_DRIVER, "replace_many", True),
    "chunk.committed": Seam(
        "cloudkitty.orchestrator.engine.writer:Writer", "store", True
    ),
    "renew.before": Seam(_CLAIMS, "renew", False),
    "renew.written": Seam(_CLAIMED, "renew", True),
    "renew.committed": Seam(_CLAIMS, "renew", True),
    "end.before": Seam(_CLAIMED, "release", False),
    "end.written": Seam(_CLAIMED, "release", True),
    "states.before": Seam(f"{_STATE_CURSORS}:StateCursors", "move", False),
    "states.after": Seam(f"{_STATE_CURSORS}:StateCursors", "move", True),
    "state.before": Seam(f"{_CURSORS}:StateCursor", "move", False),
    "state.after": Seam(f"{_CURSORS}:StateCursor", "move", True),
    "change.before": Seam(_ROWS, "transition", False),
    "change.written": Seam(_ROWS, "transition", True),
    "change.committed": Seam("cloudkitty.tasks.actions", "change_state", True),
    "accept.touched": Seam("cloudkitty.db.scopes.updates", "touch", True),
    "accept.before": Seam(_ROWS, "insert_batch", False),
    "accept.written": Seam(_ROWS, "insert_batch", True),
    "accept.committed": Seam("cloudkitty.tasks.accept", "accept", True),
    # Every transaction of the process.
    "commit.before": Seam("sqlalchemy.orm:Session", "commit", False),
    "commit.after": Seam("sqlalchemy.orm:Session", "commit", True),
}

_CHUNK = (
    *("storage.before", "storage.deleted", "storage.after"),
    *("chunk.committed", "commit.before", "commit.after"),
)
_CURSOR = ("cursor.before", "cursor.after")
_STATE = ("state.before", "state.after")
_TASK = (
    *("claim.written", "claim.committed"),
    *("totals.before", "totals.written", "collected", "rated"),
    *(*_CHUNK, *_CURSOR),
    *("renew.before", "renew.written", "renew.committed"),
    *("end.before", "end.written"),
)
_SET = (
    *("set.before", "set.after", "cohort.committed"),
    *("cursors.before", "cursors.after"),
)
_COHORT = (
    *("cohort.written", "claim.committed", "collected", "rated"),
    *(*_SET, "cohort.advanced", "cohort.ended"),
    *("commit.before", "commit.after"),
)
_LIVE_SET = (
    *("set.before", "set.after", "cohort.committed"),
    *("states.before", "states.after", "commit.before", "commit.after"),
)
_CHANGE = ("change.before", "change.written", "change.committed")
_ACCEPT = (
    *("accept.touched", "accept.before"),
    *("accept.written", "accept.committed"),
)

#: Family -> its points. The first word of a family names the process.
FAMILIES = {
    "task, one database": _TASK,
    # Only the points that differ there.
    "task, points apart": ("totals.committed", *_CHUNK, *_CURSOR),
    "cohort, one database": _COHORT,
    "cohort, points apart": ("cohort.totals", *_SET),
    # Both scopes together.
    "live, one database": ("collected", "rated", *_LIVE_SET),
    "live, points apart": _LIVE_SET,
    "live alone, one database": ("collected", "rated", *_CHUNK, *_STATE),
    "live alone, points apart": (*_CHUNK, *_STATE),
    "operator, cancelled": _CHANGE,
    "operator, paused": _CHANGE,
    "api, POST": _ACCEPT,
    "api, POST with a key": _ACCEPT,
    "api, PATCH": _CHANGE,
}

#: Points that one run comes by more often than another: how often a claim is
#: renewed depends on which thread is quicker.
UNEVEN = ("renew.", "commit.")

#: Families of which a small run has only these: the others are much alike.
FEW = {
    "cohort, points apart": ("cohort.totals", "set.after", "cursors.after"),
    "live, one database": ("set.after", "states.before", "states.after"),
    "live, points apart": ("set.after", "states.before", "states.after"),
    "live alone, one database": ("storage.deleted", "storage.after", *_STATE),
    "live alone, points apart": ("storage.after", *_STATE),
}
