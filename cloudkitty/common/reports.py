# SPDX-License-Identifier: Apache-2.0
"""Guru meditation reports: the state of a running process as text.

The report of oslo.reports reads the configuration from a global and lists
greenlets. This module builds the report from the same sections, with the
options of this process, and removes secrets from the whole text.
"""

import collections.abc
import datetime
import logging
import os
import re
import signal
import sys
import threading
import time
import traceback
import types
import typing

from oslo_config import cfg
from oslo_utils import strutils

from cloudkitty import version

SIGNALS = (signal.SIGUSR1, signal.SIGUSR2)

#: Returns what the process does now, in names and values.
Describe = collections.abc.Callable[
    [], collections.abc.Mapping[str, typing.Any]
]

#: User and password of a URL; greedy, because a password may have "@".
_CREDENTIALS = re.compile(r"(?<=://)[^\s'\"]*@")


def install(
    conf: cfg.ConfigOpts, name: str, describe: Describe | None = None
) -> None:
    """Write a report at each SIGUSR1 and SIGUSR2 to this process.

    The same for ``[oslo_reports] file_event_handler``. Call it in the main
    thread.

    :param name: of the process, for the report and its file.
    :param describe: for the section "Work"; None omits the section.
    """

    def handle(_: int, frame: types.FrameType | None) -> None:
        write(conf, name, describe, frame)

    for number in SIGNALS:
        signal.signal(number, handle)
    watch(conf, name, describe)


def watch(
    conf: cfg.ConfigOpts, name: str, describe: Describe | None = None
) -> bool:
    """Write a report when ``[oslo_reports] file_event_handler`` is touched.

    For processes whose signals belong to a server.

    :returns: whether the option is set.
    """
    path = conf.oslo_reports.file_event_handler
    if path:
        threading.Thread(
            target=_watch,
            args=(path, conf, name, describe),
            name="reports",
            daemon=True,
        ).start()
    return bool(path)


def write(
    conf: cfg.ConfigOpts,
    name: str,
    describe: Describe | None = None,
    frame: types.FrameType | None = None,
) -> None:
    """Write a report to a file in ``[oslo_reports] log_dir``, or to stderr.

    An error is written to the standard error: the process continues.

    :param frame: of the main thread, when a signal has interrupted it.
    """
    try:
        text = make(conf, name, describe, frame)
        folder = conf.oslo_reports.log_dir
        if folder:
            text = f"report written to {_to_file(folder, name, text)}"
        # Not through sys.stderr: the signal may have interrupted a write.
        os.write(2, f"{text}\n".encode(errors="replace"))
    # A report must not end the process.
    except Exception:
        traceback.print_exc(file=sys.stderr)


def make(
    conf: cfg.ConfigOpts,
    name: str,
    describe: Describe | None = None,
    frame: types.FrameType | None = None,
) -> str:
    """Return the text of a report; the parameters are those of ``write``."""
    # Imported when it is needed: it takes 3 MiB in each process.
    from oslo_reports import report
    from oslo_reports.generators import process
    from oslo_reports.generators import threading as threads

    whole = report.TextReport("Guru Meditation")
    package = {
        "product": "CloudKitty",
        "version": version.version_string(),
        "process": f"{name} (pid {os.getpid()})",
        "time": datetime.datetime.now(datetime.UTC).isoformat(),
    }
    whole.add_section("Package", lambda: _model(package))
    if describe is not None:
        whole.add_section("Work", lambda: _model(describe()))
    whole.add_section("Threads", threads.ThreadReportGenerator(frame))
    whole.add_section("Processes", process.ProcessReportGenerator())
    whole.add_section("Configuration", lambda: _model(options(conf)))
    return without_secrets(whole.run())


def _model(values: collections.abc.Mapping[str, typing.Any]) -> typing.Any:
    from oslo_reports.models import with_default_views as models
    from oslo_reports.views.text import generic

    return models.ModelWithDefaultViews(
        dict(values), text_view=generic.KeyValueView()
    )


def options(conf: cfg.ConfigOpts) -> dict[str, str]:
    """Return the values of all options, those of secret ones as ``****``."""
    found: dict[str, str] = {}

    class Logger(logging.Logger):
        def log(
            self, level: int, msg: object, *args: object, **_: object
        ) -> None:
            if len(args) == 2:
                found[str(args[0])] = str(args[1])

    conf.log_opt_values(Logger("options"), logging.DEBUG)
    return found


def without_secrets(text: str) -> str:
    """Return ``text`` without credentials of URLs and named passwords."""
    text = _CREDENTIALS.sub("***@", text)
    return strutils.mask_password(text)


def _to_file(folder: str, name: str, text: str) -> str:
    now = datetime.datetime.now(datetime.UTC)
    path = os.path.join(
        folder,
        f"{name.replace(' ', '-')}-{os.getpid()}_gurumeditation_"
        f"{now:%Y%m%d%H%M%S}",
    )
    # The folder may be shared: follow no link.
    opened = os.open(
        path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640
    )
    with open(opened, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return path


def _watch(
    path: str, conf: cfg.ConfigOpts, name: str, describe: Describe | None
) -> None:
    """Compare the time of a file again and again, also while it is missing."""
    known = time.time()
    while True:
        time.sleep(conf.oslo_reports.file_event_handler_interval)
        try:
            changed = os.stat(path).st_mtime
        except OSError:
            continue
        if changed > known:
            known = changed
            write(conf, name, describe)
