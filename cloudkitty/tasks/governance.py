# SPDX-License-Identifier: Apache-2.0
"""Rules of the operator for tasks: options of ``[reprocess]``, off by default.

The options can be changed while a process runs, so the rules are read for
each request and each search for tasks.
"""

import dataclasses
import datetime

from oslo_config import cfg


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules in force.

    :param closed_before: periods of all scopes that begin before it are
        closed; None: no period is closed, except by a scope of its own.
    """

    closed_before: datetime.datetime | None = None

    @classmethod
    def of(cls, conf: cfg.ConfigOpts) -> "Rules":
        """Return the rules in the options of a process."""
        return cls(closed_before=conf.reprocess.closed_before)


#: Nothing is restricted.
OFF = Rules()
