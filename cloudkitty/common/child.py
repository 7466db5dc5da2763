# SPDX-License-Identifier: Apache-2.0
"""Run a check in a child process.

The parent imports nothing for the check, and an error leaves it unchanged.
"""

import collections.abc
import os
import signal
import sys
import traceback


def succeeds(check: collections.abc.Callable[[], bool]) -> bool:
    """Return whether ``check`` returns true in a forked child process.

    :param check: reports its errors itself; the traceback of any exception
        is written to the standard error.
    """
    pid = os.fork()
    if not pid:
        code = 1
        try:
            _forget_signals()
            code = 0 if check() else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            # Skip the exit handlers, which belong to the parent.
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _forget_signals() -> None:
    """Remove the handlers of the parent, which would act for the parent."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
