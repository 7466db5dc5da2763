# SPDX-License-Identifier: Apache-2.0
"""Errors at the start of a program, as one sentence for the operator."""

import collections.abc
import contextlib
import errno
import sys

import alembic.util
import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.common import exceptions

#: Errors of the operating system that an operator can resolve.
_OPERATORS_ERRNOS = (
    errno.EACCES,
    errno.EDQUOT,
    errno.EIO,
    errno.EMFILE,
    errno.ENOENT,
    errno.ENOSPC,
    errno.EPERM,
    errno.EROFS,
)


class Refusals:
    """All causes for which a program cannot start, to be shown at once.

    :ivar texts: one sentence for each cause, each once.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []

    @contextlib.contextmanager
    def gather(self) -> collections.abc.Iterator[None]:
        """Keep an error of the block that an operator can correct.

        Any other error is a defect and raised.
        """
        try:
            yield
        except Exception as error:
            text = explain(error)
            if text is None:
                raise
            self.add(text)

    def add(self, text: str) -> None:
        """Add a cause."""
        if text not in self.texts:
            self.texts.append(text)

    def check(self) -> None:
        """Refuse the start if there is a cause.

        :raises cloudkitty.common.exceptions.InvalidConfiguration: with all
            of them.
        """
        if self.texts:
            raise exceptions.InvalidConfiguration("; ".join(self.texts))


def refuse(program: str, cause: str, conf: cfg.ConfigOpts | None) -> int:
    """Write one line to the standard error and return the exit code.

    :param program: the command's name.
    :param cause: one sentence for the operator.
    :param conf: the options; None if they could not be read.
    """
    hint = ck_conf.missing_file_hint(conf) if conf is not None else ""
    sys.stderr.write(f"{program}: {cause}{hint}\n")
    return 1


def explain(error: BaseException) -> str | None:
    """Return the text of ``error`` for the operator; None for a defect.

    Never the text of SQLAlchemy, which contains statements and values.
    """
    match error:
        case exceptions.CloudKittyError() | cfg.Error() | log.LogConfigError():
            return str(error)
        case alembic.util.CommandError():
            return str(error)
        case db_exception.DBNonExistentDatabase():
            return (
                f"the database failed: {_cause(error)}: create it and run "
                "cloudkitty-dbsync upgrade"
            )
        case db_exception.DBError() | sa.exc.DBAPIError():
            return f"the database failed: {_cause(error)}"
        case sa.exc.NoSuchModuleError() | sa.exc.ArgumentError():
            return f"[database] connection: {error}"
        case ImportError():
            return f"a driver is not installed: {error}"
        case OSError() if error.errno in _OPERATORS_ERRNOS:
            # The path, if any, is one of the configuration.
            place = f"{error.filename}: " if error.filename else ""
            return f"{place}{error.strerror}"
    return None


def _cause(error: BaseException) -> str:
    """Return the text of the driver."""
    inner = getattr(error, "inner_exception", None) or error
    original = getattr(inner, "orig", None) or inner
    words = original.args[-1] if original.args else original
    return " ".join(str(words).split())[:500]
