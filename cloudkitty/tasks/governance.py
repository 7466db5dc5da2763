# SPDX-License-Identifier: Apache-2.0
"""Rules of the operator for tasks: options of ``[reprocess]``, off by default.

The options can be changed while a process runs, so the rules are read for
each request and each search for tasks.
"""

import dataclasses
import datetime

from oslo_config import cfg

from cloudkitty.common import daily


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules in force.

    :param closed_before: periods of all scopes that begin before it are
        closed; None: no period is closed, except by a scope of its own.
    :param run_windows: daily windows in which tasks are claimed; empty: at
        any time.
    :param max_running: for requests without their own; None: no limit.
    :param approval_above: number of periods, of all scopes of a request
        together, above which a second person approves it; None: never.
    """

    closed_before: datetime.datetime | None = None
    run_windows: tuple[daily.DailyWindow, ...] = ()
    max_running: int | None = None
    approval_above: int | None = None

    @classmethod
    def of(cls, conf: cfg.ConfigOpts) -> "Rules":
        """Return the rules in the options of a process."""
        options = conf.reprocess
        return cls(
            closed_before=options.closed_before,
            run_windows=tuple(options.run_windows),
            max_running=options.max_running or None,
            approval_above=options.approval_above or None,
        )

    def needs_approval(self, periods: int) -> bool:
        """Return whether a second person approves so many periods."""
        return self.approval_above is not None and (
            periods > self.approval_above
        )

    def opens_at(self, now: datetime.datetime) -> datetime.datetime:
        """Return the first time from ``now`` on at which tasks are claimed."""
        return daily.opens_at(self.run_windows, now)


#: Nothing is restricted.
OFF = Rules()


def off() -> Rules:
    """Return the rules of a deployment that restricts nothing."""
    return OFF
