# SPDX-License-Identifier: Apache-2.0
"""The scopes that are processed together: one that fails leaves the set."""

import collections.abc


class Members:
    """Scopes with the same window.

    Two threads use it: one rates, the other stores.

    :param scope_ids: at least one, each once.
    :ivar left: why scopes left the set, by their ids.
    """

    def __init__(self, scope_ids: collections.abc.Iterable[str]) -> None:
        self._present = dict.fromkeys(scope_ids)
        #: A scope that has no others cannot leave: its failure is that of
        #: the whole work, and the periods before the failure are stored.
        self.alone = len(self._present) == 1
        self.left: dict[str, Exception] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the present scopes, in the order given."""
        return tuple(self._present)

    def __contains__(self, scope_id: object) -> bool:
        return scope_id in self._present

    def leave(self, scope_id: str, error: Exception) -> None:
        """Remove a scope: nothing more is rated or stored for it here.

        The periods of it that are already stored stay stored.
        """
        if scope_id in self._present:
            del self._present[scope_id]
            self.left[scope_id] = error
