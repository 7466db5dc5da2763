# SPDX-License-Identifier: Apache-2.0
"""Scopes that are rated and stored together: which cases occurred."""

import collections
import typing

from cloudkitty.tests.simulation import situations


class _Commit(typing.NamedTuple):
    """A commit of live rating.

    :param questions: how many the actor had asked before it.
    :param starts: the rated periods.
    """

    questions: int
    starts: range


class Cohorts:
    """Counts the commits of cohorts.

    :param seen: the counter.
    """

    def __init__(self, seen: collections.Counter[str]) -> None:
        self._seen = seen
        self._latest: dict[str, _Commit] = {}

    def stored(
        self, actor: str, questions: int, moved: dict[str, range]
    ) -> None:
        """Take note of a commit.

        :param questions: how many the actor asked so far.
        :param moved: the rated periods of each scope; at least one.
        """
        if len(moved) > 1:
            self._seen[situations.COHORT_STORED] += 1
        # All scopes of a cohort have the same periods.
        commit = _Commit(questions, next(iter(moved.values())))
        # A chunk is asked for before the one before it is stored.
        if self._latest.get(actor) == commit:
            self._seen[situations.CHUNK_IN_PARTS] += 1
        self._latest[actor] = commit
