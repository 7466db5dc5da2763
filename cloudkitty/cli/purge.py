# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-dbsync purge``: delete old data, each kind on request only."""

import argparse
import contextlib
import datetime
import pathlib
import sys
import typing

from oslo_config import cfg
from oslo_log import log

from cloudkitty.cli import export
from cloudkitty.cli import point_report
from cloudkitty.cli import progress
from cloudkitty.common import clock
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.db import facade
from cloudkitty.db import schema
from cloudkitty.db.tasks import purge as task_purge
from cloudkitty.orchestrator import lock_files
from cloudkitty.storage.exporting import exported
from cloudkitty.storage.purging import points
from cloudkitty.storage.v2.sqlalchemy import purge
from cloudkitty.tasks import idempotency

LOG = log.getLogger(__name__)
_CLOCK = clock.SystemClock()
#: A repeated request with a known key makes no second task: its tasks stay
#: until the key has expired.
_LEAST_DAYS = idempotency.KEPT.days


def add_parser(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add the subcommand and its options."""
    parser = subparsers.add_parser(
        "purge",
        help="delete old data; each kind only if its option is given",
    )
    parser.add_argument(
        "--tasks-older-than",
        dest="task_days",
        type=_days,
        metavar="DAYS",
        help="delete tasks that finished before so many days (at least "
        f"{_LEAST_DAYS}), with their events, totals, notes and request keys",
    )
    parser.add_argument(
        "--points-before",
        type=export.month,
        metavar="YYYY-MM",
        help="delete rated points of whole periods before this month; needs "
        "--exported or --without-export",
    )
    proof = parser.add_mutually_exclusive_group()
    proof.add_argument(
        "--exported",
        type=pathlib.Path,
        metavar="DIRECTORY",
        help="delete only points that the exports of this directory have",
    )
    proof.add_argument(
        "--without-export",
        action="store_true",
        help="delete points for good that may not be exported",
    )
    parser.add_argument(
        "--orphans",
        action="store_true",
        help="delete series without points, and scopes without points and "
        "series, from the tables of rated points",
    )
    parser.add_argument(
        "--lock-files",
        action="store_true",
        help="remove files of [orchestrator] coordination_url = file:// that "
        "no scope and no unfinished task uses",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="count, and delete nothing"
    )


def _days(text: str) -> int:
    days = int(text)
    if days < _LEAST_DAYS:
        raise argparse.ArgumentTypeError(f"less than {_LEAST_DAYS} days")
    return days


def run(
    conf: cfg.ConfigOpts, database: facade.Database, given: typing.Any
) -> int:
    """Delete the data that the options name; return the exit code.

    :param given: the parsed options of ``add_parser``.
    :returns: 0, or 1 if some of the requested data are left.
    :raises cloudkitty.common.exceptions.CloudKittyError: with one sentence.
    """
    parts = [
        part
        for part, asked in (
            (_purge_tasks, given.task_days is not None),
            (_purge_points, given.points_before is not None),
            (_purge_orphans, given.orphans),
            (_purge_lock_files, given.lock_files),
        )
        if asked
    ]
    if not parts:
        raise exceptions.InvalidConfiguration(
            "purge: no option names what to delete; see purge --help"
        )
    schema.check(database)
    complete = [part(conf, database, given) for part in parts]
    return 0 if all(complete) else 1


def _purge_tasks(
    conf: cfg.ConfigOpts, database: facade.Database, given: typing.Any
) -> bool:
    before = _CLOCK.now() - datetime.timedelta(days=given.task_days)
    with database.reader() as session:
        total = task_purge.count(session, before)
        endless = task_purge.count_without_end(session)
    if endless:
        _say(
            f"{endless} finished tasks have no time of their end and are "
            "kept: CloudKitty 25 finished them"
        )
    if given.dry_run:
        _say(f"would delete {total} tasks that finished before {_iso(before)}")
        return True
    shown = progress.Progress(sys.stderr, "tasks")
    shown.start(total)
    deleted = task_purge.Deleted()
    for piece in task_purge.delete(database, before):
        deleted = deleted.plus(piece)
        shown.add(piece.tasks)
    texts = [f"{count} {name}" for name, count in deleted._asdict().items()]
    LOG.info(
        *log_fields.event(
            "tasks purged", before=_iso(before), **deleted._asdict()
        )
    )
    _say(
        f"deleted {', '.join(texts)} of tasks that finished before "
        f"{_iso(before)}"
    )
    return True


def _purge_points(
    conf: cfg.ConfigOpts, database: facade.Database, given: typing.Any
) -> bool:
    before = given.points_before
    if given.exported is None and not given.without_export:
        raise exceptions.InvalidConfiguration(
            "purge --points-before needs --exported DIRECTORY with exports of "
            "the months, or --without-export"
        )
    if before > _CLOCK.now():
        raise exceptions.InvalidConfiguration(
            f"purge --points-before {before:%Y-%m}: the month has not begun"
        )
    with contextlib.ExitStack() as opened:
        storage = points.open_storage(conf, database)
        opened.callback(storage.close)
        files = None
        if given.exported is not None:
            files = exported.ExportedStorage(conf, database, given.exported)
            opened.callback(files.close)
        work = points.PointsPurge(conf, database, storage, before, files)
        return point_report.run(work, dry_run=given.dry_run, say=_say)


def _purge_orphans(
    conf: cfg.ConfigOpts, database: facade.Database, given: typing.Any
) -> bool:
    with contextlib.closing(points.open_storage(conf, database)) as storage:
        where = storage.points_database
        shown = progress.Progress(sys.stderr, "scopes")
        shown.start(purge.count_scopes(where))
        found = purge.Orphans()
        for of_scope in purge.orphans(where, dry_run=given.dry_run):
            found = found.plus(of_scope)
            shown.add(1)
    verb = "would delete" if given.dry_run else "deleted"
    _say(f"{verb} {found.series} series and {found.scopes} scopes")
    if not given.dry_run:
        LOG.info(
            *log_fields.event(
                "orphans purged",
                series=found.series,
                scopes=found.scopes,
            ),
        )
    return True


def _purge_lock_files(
    conf: cfg.ConfigOpts, database: facade.Database, given: typing.Any
) -> bool:
    folder = lock_files.folder(conf)
    if folder is None:
        raise exceptions.InvalidConfiguration(
            "purge --lock-files: [orchestrator] coordination_url is not "
            "file://, so there are no lock files"
        )
    try:
        found = lock_files.find(
            folder,
            lock_files.in_use(conf, database),
            _CLOCK.now().timestamp(),
        )
        if given.dry_run:
            _say(f"would remove {len(found.removable)} lock files")
            return True
        shown = progress.Progress(sys.stderr, "lock files")
        shown.start(len(found.removable))
        removed = 0
        for path in found.removable:
            removed += lock_files.remove(path)
            shown.add(1)
    except OSError as error:
        raise exceptions.InvalidConfiguration(
            f"purge --lock-files: {error.filename}: {error.strerror}"
        ) from error
    kept = found.kept + len(found.removable) - removed
    LOG.info(
        *log_fields.event(
            "lock files",
            removed=removed,
            kept=kept,
        ),
    )
    _say(f"removed {removed} lock files, kept {kept} that may be in use")
    return True


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _iso(at: datetime.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
