# SPDX-License-Identifier: Apache-2.0
"""Common code of the short-lived commands."""

import collections.abc
import contextlib
import sys

import sqlalchemy as sa
from oslo_config import cfg
from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.conf import defaults
from cloudkitty.db import facade
from cloudkitty.db import startup


def run(
    program: str,
    argv: collections.abc.Sequence[str] | None,
    work: collections.abc.Callable[[cfg.ConfigOpts], int],
    cli_opts: collections.abc.Sequence[cfg.Opt] = (),
    migrates: bool = False,
) -> int:
    """Read the options, call ``work`` and return the exit code.

    An error that an operator can correct is written to standard error as
    one line, with exit code 1. Any other error is a defect and raised.

    :param program: name of the command, for its errors.
    :param argv: command line without the program's name.
    :param work: called with the options, returns the exit code.
    :param cli_opts: options of this command beyond the common options.
    :param migrates: whether the revisions of the tables are logged.
    """
    conf = None
    try:
        conf = ck_conf.make(argv, cli_opts=cli_opts)
        if not (conf.log_file or conf.log_dir):
            # oslo.log writes to standard output by default, where a script
            # expects only the result.
            conf.set_default("use_stderr", True)
        if migrates:
            conf.set_default(
                "default_log_levels", defaults.MIGRATION_LOG_LEVELS
            )
        log.setup(conf, "cloudkitty")
        return work(conf)
    except Exception as error:
        cause = startup.explain(error)
        if cause is None:
            raise
        return startup.refuse(program, cause, conf)


def say_database(program: str, conf: cfg.ConfigOpts) -> None:
    """Write the database to the standard error if no file was read.

    Its URL is shown without the password and the driver's parameters.

    :param program: name of the command.
    :raises sqlalchemy.exc.ArgumentError: if the URL is none.
    """
    files = ck_conf.missing_files(conf)
    if files:
        url = sa.make_url(conf.database.connection).set(query={})
        sys.stderr.write(
            f"{program}: no configuration file: {', '.join(files)} do not "
            "exist; the database is "
            f"{url.render_as_string(hide_password=True)}\n"
        )


@contextlib.contextmanager
def database(
    conf: cfg.ConfigOpts,
) -> collections.abc.Iterator[facade.Database]:
    """Yield the service's database and close its connections afterwards.

    Its statements have no timeout because they may be migrations.
    """
    opened = facade.Database(conf, long_statements=True)
    try:
        yield opened
    finally:
        opened.dispose()
