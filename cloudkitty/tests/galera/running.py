# SPDX-License-Identifier: Apache-2.0
"""What commands with hosts of their own have in common."""

import collections.abc
import contextlib
import logging
import os
import pathlib
import shutil
import signal
import sys
import time
import warnings

from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import processes

#: Signals that end the run and remove all of its objects.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Returns True without faults; the stack removes all objects.
Play = collections.abc.Callable[[contextlib.ExitStack], bool]


def say(text: str) -> None:
    """Print a line and flush."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def at_least_one(text: str) -> int:
    """Return the number of an argument."""
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


def run(play: Play, missing: collections.abc.Iterable[str]) -> int:
    """Play, and return the exit status: 0, 1 for faults, 2, 130.

    :param missing: packages that are not installed.
    """
    if refusal := needs.refusal(os.geteuid(), sorted(missing)):
        sys.stderr.write(f"{refusal}\n")
        return 2
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    for number in _ENDING:
        signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    try:
        good = _play(play)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    seconds = time.monotonic() - began
    say(f"{'all right' if good else 'FAULTS'}: {seconds:.0f} s")
    return 0 if good else 1


def _play(play: Play) -> bool:
    with contextlib.ExitStack() as stack:
        # Nothing interrupts the removal.
        stack.callback(_interruptible, True)
        try:
            return play(stack)
        except processes.NotReady as error:
            say(f"  FAULT {error}")
            return False
        finally:
            _interruptible(False)


def _interruptible(allowed: bool) -> None:
    handler = signal.default_int_handler if allowed else signal.SIG_IGN
    for number in _ENDING:
        signal.signal(number, handler)


def keep_logs(folder: pathlib.Path, target: pathlib.Path) -> None:
    """Copy all logs below a folder to another one."""
    target.mkdir(parents=True, exist_ok=True)
    for log in folder.rglob("*.log"):
        name = "-".join(log.relative_to(folder).parts)
        shutil.copyfile(log, target / name)
