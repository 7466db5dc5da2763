# SPDX-License-Identifier: Apache-2.0
"""``cloudkitty-dbsync import-rated``: copy rated data of CloudKitty 25."""

import contextlib
import functools
import sys
import typing

from oslo_config import cfg

from cloudkitty.common import clock
from cloudkitty.db import facade
from cloudkitty.db import schema
from cloudkitty.storage.importing import completion
from cloudkitty.storage.importing import importer
from cloudkitty.storage.importing import sources
from cloudkitty.storage.importing import target
from cloudkitty.storage.v2 import sqlalchemy as v2

_CLOCK = clock.SystemClock()
_WIDTH = 30
#: Seconds between two lines of a log, and two pictures of a terminal.
_LINES, _PICTURES = 10.0, 0.2


class Progress:
    """A bar on a terminal, and plain lines elsewhere."""

    def __init__(self, stream: typing.TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._pause = _PICTURES if self._terminal else _LINES
        self._total = self._done = self._copied = 0
        self._began = self._shown = 0.0

    def start(self, points: int) -> None:
        """Begin with the number of all points."""
        self._total = points
        self._began = self._shown = _CLOCK.monotonic()

    def add(self, points: int) -> None:
        """Count points as copied."""
        self._copied += points
        self._count(points)

    def skip(self, points: int) -> None:
        """Count points that an earlier run has copied: they took no time."""
        self._count(points)

    def _count(self, points: int) -> None:
        self._done += points
        now = _CLOCK.monotonic()
        whole = self._done >= self._total and points
        if whole or now - self._shown >= self._pause:
            self._shown = now
            self._show(now - self._began)

    def _show(self, seconds: float) -> None:
        share = self._done / self._total if self._total else 1.0
        text = f"{share:4.0%}  {self._done} of {self._total} points"
        if self._copied:
            left = seconds / self._copied * (self._total - self._done)
            text += f", {left:.0f} seconds left"
        if not self._terminal:
            self._stream.write(f"{text}\n")
        else:
            bar = "#" * int(share * _WIDTH)
            self._stream.write(f"\r[{bar:<{_WIDTH}}] {text}   ")
            if self._done >= self._total:
                self._stream.write("\n")
        self._stream.flush()


def run(
    conf: cfg.ConfigOpts,
    database: facade.Database,
    source: str,
    *,
    dry_run: bool,
    overwrite: bool,
) -> int:
    """Import all points of a storage; return the exit code.

    They are copied to the SQL storage of version 2, whatever is configured.

    :param source: one of ``sources.names``.
    :raises cloudkitty.common.exceptions.CloudKittyError: with one sentence.
    """
    schema.check(database)
    newest = None
    if source == completion.SOURCE:
        newest = completion.newest(database)
        if newest is None:
            sys.stdout.write(f"{source} has no rows: nothing to import\n")
            return 0
    read = sources.load(conf, database, source)
    storage = v2.SQLAlchemyStorage(conf, database)
    with contextlib.closing(read.storage), contextlib.closing(storage):
        if not dry_run:
            storage.init()
        work = importer.Importer(
            read,
            target.Target(
                source,
                storage,
                database,
                functools.partial(sources.make_scope, conf),
                overwrite=overwrite,
            ),
            conf.collect.scope_key,
            Progress(sys.stderr),
        )
        plan = work.plan()
        points = sum(month.points for month in plan)
        scopes = len({month.scope_id for month in plan})
        if dry_run:
            sys.stdout.write(
                f"would import {points} points of {scopes} scopes in "
                f"{len(plan)} months of scopes; nothing was written\n"
            )
            return 0
        work.run(plan)
    completion.finish(database, source, newest)
    sys.stdout.write(
        f"imported {points} points of {scopes} scopes; the sums of each "
        "scope, metric and month are equal. Now set [storage] version = 2 and "
        "backend = sqlalchemy\n"
    )
    return 0
