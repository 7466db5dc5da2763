# SPDX-License-Identifier: Apache-2.0
"""Options that several commands have."""

import argparse
import sys

from osc_lib import exceptions

from cloudkitty.client import http
from cloudkitty.client import scopes
from cloudkitty.client import waiting
from cloudkitty.client import watch as ck_watch
from cloudkitty.client import windows
from cloudkitty.common import clock as ck_clock
from cloudkitty.common import periods

CLOCK = ck_clock.SystemClock()
#: The states of tasks, for help texts.
STATES = (
    "scheduled, running, paused, awaiting_approval, succeeded, failed or "
    "cancelled"
)
#: Maximum number of lines of ``explain``.
_MAX_EXPLAINED = 20


def add_scopes(parser: argparse.ArgumentParser, required: bool) -> None:
    """Add ``--scope`` and, if one is required, ``--all-scopes``."""
    group = parser.add_mutually_exclusive_group(required=required)
    group.add_argument(
        "--scope",
        dest="scopes",
        metavar="<scope>",
        action="append",
        default=[],
        help="Id of a scope, or name of a project (repeatable)",
    )
    if required:
        group.add_argument(
            "--all-scopes",
            action="store_true",
            help="Every active scope",
        )


def add_window(parser: argparse.ArgumentParser) -> None:
    """Add the options of a window."""
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument(
        "--begin",
        metavar="<time>",
        help="Begin of the window, such as 2026-10-01 or 2026-10-01T13:00; "
        "needs --end",
    )
    group.add_argument(
        "--yesterday", action="store_true", help="The whole of yesterday"
    )
    group.add_argument(
        "--month", metavar="<month>", help="A month, such as 2026-10"
    )
    group.add_argument(
        "--last",
        metavar="<length>",
        help="The last hours, days or weeks that are rated: 36h, 7d or 2w",
    )
    parser.add_argument(
        "--end", metavar="<time>", help="End of the window, exclusive"
    )
    add_timezone(parser)
    parser.add_argument(
        "--period",
        metavar="<seconds>",
        type=positive,
        help="Length of the service's periods (default: that of the newest "
        "task, or 3600)",
    )


def add_filters(parser: argparse.ArgumentParser, items: str) -> None:
    """Add the filters by reason, user, window and time of creation.

    :param items: the listed things, for the help.
    """
    for name, metavar, text in (
        ("reason", "text", f"Only {items} with exactly this reason"),
        (
            "reason-contains",
            "text",
            f"Only {items} whose reason contains this text, in any case",
        ),
        ("created-by", "user-id", f"Only {items} of a user"),
        ("begin", "time", "Only windows that end after this time"),
        ("end", "time", "Only windows that begin before this time"),
        ("created-after", "time", f"Only {items} created then or later"),
        ("created-before", "time", f"Only {items} created then or earlier"),
    ):
        parser.add_argument(f"--{name}", metavar=f"<{metavar}>", help=text)
    add_timezone(parser)


def filters(args: argparse.Namespace) -> list[tuple[str, str]]:
    """Return the filters of ``add_filters``, as parameters of a query."""
    found = [
        (name, getattr(args, name))
        for name in ("reason", "reason_contains", "created_by")
        if getattr(args, name) is not None
    ]
    where = windows.zone(args.timezone)
    for name in ("begin", "end", "created_after", "created_before"):
        text = getattr(args, name)
        if text is not None:
            at = windows.instant(text, where)
            found.append((name, at.isoformat()))
    return found


def add_timezone(parser: argparse.ArgumentParser) -> None:
    """Add ``--timezone``."""
    parser.add_argument(
        "--timezone",
        metavar="<zone>",
        help="Time zone of dates and times without an offset, such as UTC or "
        "Europe/Berlin (default: that of this host)",
    )


def add_waiting(parser: argparse.ArgumentParser) -> None:
    """Add the options of a command that waits."""
    parser.add_argument(
        "--interval",
        metavar="<seconds>",
        type=positive,
        default=2,
        help="Seconds between two requests while it waits (default: 2)",
    )
    parser.add_argument(
        "--timeout",
        metavar="<seconds>",
        type=positive,
        help="Seconds after which it stops waiting, with exit status 5",
    )
    parser.add_argument(
        "--await-approval",
        action="store_true",
        help="Also wait while tasks await approval; by default it stops "
        "waiting, with exit status 6",
    )


def add_force(parser: argparse.ArgumentParser) -> None:
    """Add ``--force``."""
    parser.add_argument(
        "--force",
        action="store_true",
        help="Rate closed periods again; needs the policy "
        "schedule:force_task_reprocesses",
    )


def forced(args: argparse.Namespace) -> bool:
    """Return the value of ``--force``, which not all commands have."""
    return bool(getattr(args, "force", False))


def add_tasks(parser: argparse.ArgumentParser) -> None:
    """Add the tasks of a command, which can be those of batches."""
    parser.add_argument(
        "tasks",
        metavar="<task>",
        type=task_id,
        nargs="*",
        help="Number of a task",
    )
    parser.add_argument(
        "--batch",
        dest="batches",
        metavar="<batch>",
        action="append",
        default=[],
        help="All tasks of this request (repeatable)",
    )


def positive(text: str) -> int:
    """Return a number of at least 1, for argparse."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)


def not_negative(text: str) -> int:
    """Return a number of at least 0, for argparse."""
    return 0 if text == "0" else positive(text)


def task_id(text: str) -> str:
    """Return the number of a task, for argparse."""
    return str(positive(text))


def window(
    args: argparse.Namespace,
    api: http.Api,
    scope_ids: list[str] | None,
    period_seconds: int,
) -> periods.Window:
    """Return the window of the arguments, and print it.

    :param scope_ids: for ``--last``; ``None`` for all.
    :raises WindowInvalid: if the arguments are not a window of whole periods.
    """
    where = windows.zone(args.timezone)
    if (args.begin is None) != (args.end is None):
        raise windows.WindowInvalid("--begin and --end need each other")
    if args.yesterday:
        found = windows.yesterday(CLOCK.now(), where)
    elif args.month is not None:
        found = windows.month(args.month, where)
    elif args.last is not None:
        length = windows.length(args.last)
        end = scopes.rated_until(api, scope_ids, period_seconds)
        found = windows.between(end - length, end)
    else:
        found = windows.between(
            windows.instant(args.begin, where),
            windows.instant(args.end, where),
        )
    windows.check_aligned(found, period_seconds)
    say(windows.described(found, where, period_seconds))
    return found


def wait(args: argparse.Namespace, watch: ck_watch.Watch) -> int:
    """Wait for the end of the watched tasks, return the exit status."""
    waiter = waiting.Waiter(
        sys.stderr,
        args.interval,
        args.timeout,
        CLOCK,
        await_approval=args.await_approval,
    )
    return waiter.wait(watch)


def watch(args: argparse.Namespace, api: http.Api) -> ck_watch.Watch:
    """Return the watch of the tasks and batches of the arguments.

    :raises CommandError: if there is neither a task nor a batch.
    """
    if not args.tasks and not args.batches:
        raise exceptions.CommandError("a task or --batch is required")
    # A task that is named twice would be counted twice.
    return ck_watch.Watch(
        api, list(dict.fromkeys(args.tasks)), list(dict.fromkeys(args.batches))
    )


def explain(shown: list[http.Item]) -> None:
    """Name the tasks that have not succeeded, with the cause."""
    others = [task for task in shown if task["state"] != "succeeded"]
    for task in others[:_MAX_EXPLAINED]:
        error = task["last_error"]
        cause = f": {error}" if error else ""
        say(
            f"Task {task['id']} of scope {task['scope_id']} is "
            f"{task['state']}{cause}"
        )
    if len(others) > _MAX_EXPLAINED:
        say(f"{len(others) - _MAX_EXPLAINED} more have not succeeded")


def say(text: str) -> None:
    """Print a line for a person: not on standard output."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
