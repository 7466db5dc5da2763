# SPDX-License-Identifier: Apache-2.0
"""What the short-lived commands share: options in, an exit code out."""

import collections.abc
import contextlib
import sys

import alembic.util
import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.common import exceptions
from cloudkitty.db import facade


def run(
    program: str,
    argv: collections.abc.Sequence[str] | None,
    work: collections.abc.Callable[[cfg.ConfigOpts], int],
    cli_opts: collections.abc.Sequence[cfg.Opt] = (),
) -> int:
    """Read the options, call ``work`` and return the exit code.

    What an operator can mend is one line on the standard error and exit
    code 1; anything else is a defect and keeps its traceback.

    :param program: the command's name, for its errors.
    :param argv: command line without the program's name.
    :param work: gets the options, returns the exit code.
    :param cli_opts: what this command takes beyond the common options.
    """
    try:
        conf = ck_conf.make(argv, cli_opts=cli_opts)
        if not (conf.log_file or conf.log_dir):
            # oslo.log's own choice is the standard output, where a script
            # expects the answer and nothing else.
            conf.set_default("use_stderr", True)
        log.setup(conf, "cloudkitty")
        return work(conf)
    except Exception as error:
        cause = explain(error)
        if cause is None:
            raise
        sys.stderr.write(f"{program}: {cause}\n")
        return 1


@contextlib.contextmanager
def database(
    conf: cfg.ConfigOpts,
) -> collections.abc.Iterator[facade.Database]:
    """Yield the service's database; its connections are closed after."""
    opened = facade.Database(conf)
    try:
        yield opened
    finally:
        opened.dispose()


def explain(error: BaseException) -> str | None:
    """Return what an operator reads of ``error``; None for a defect.

    Never the text of SQLAlchemy, which holds statements and values.
    """
    match error:
        case exceptions.CloudKittyError() | cfg.Error():
            return str(error)
        case alembic.util.CommandError():
            return str(error)
        case db_exception.DBError() | sa.exc.DBAPIError():
            return f"the database failed: {_cause(error)}"
        case sa.exc.NoSuchModuleError() | sa.exc.ArgumentError():
            return f"[database] connection: {error}"
        case ImportError():
            return f"a driver is not installed: {error}"
    return None


def _cause(error: BaseException) -> str:
    """Return the words of the driver."""
    inner = getattr(error, "inner_exception", None) or error
    original = getattr(inner, "orig", None) or inner
    words = original.args[-1] if original.args else original
    return " ".join(str(words).split())[:500]
