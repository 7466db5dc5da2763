# SPDX-License-Identifier: Apache-2.0
"""A fetcher with a fixed list of scopes."""

import collections
import collections.abc

from oslo_config import cfg

from cloudkitty.fetcher import base


class FakeFetcher(base.Fetcher):
    """Returns ``scopes``, raises the errors given to ``fail``.

    :ivar scopes: may be changed between two calls.
    :ivar calls: number of calls so far.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        scopes: collections.abc.Iterable[str] = (),
    ) -> None:
        super().__init__(conf)
        self.scopes = list(scopes)
        self.calls = 0
        self._failures: collections.deque[BaseException] = collections.deque()

    def fail(self, *causes: BaseException | str) -> None:
        """Script the next calls to fail; a text means FetchError."""
        self._failures.extend(
            base.FetchError(cause) if isinstance(cause, str) else cause
            for cause in causes
        )

    def get_scopes(self) -> list[str]:
        self.calls += 1
        if self._failures:
            raise self._failures.popleft()
        return list(self.scopes)
