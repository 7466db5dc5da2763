# SPDX-License-Identifier: Apache-2.0
"""What the short-lived commands share: options in, an exit code out."""

import collections.abc
import contextlib

from oslo_config import cfg
from oslo_log import log

from cloudkitty import conf as ck_conf
from cloudkitty.db import facade
from cloudkitty.db import startup


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
    conf = None
    try:
        conf = ck_conf.make(argv, cli_opts=cli_opts)
        if not (conf.log_file or conf.log_dir):
            # oslo.log's own choice is the standard output, where a script
            # expects the answer and nothing else.
            conf.set_default("use_stderr", True)
        log.setup(conf, "cloudkitty")
        return work(conf)
    except Exception as error:
        cause = startup.explain(error)
        if cause is None:
            raise
        return startup.refuse(program, cause, conf)


@contextlib.contextmanager
def database(
    conf: cfg.ConfigOpts,
) -> collections.abc.Iterator[facade.Database]:
    """Yield the service's database; its connections are closed after.

    Its statements may take as long as they do: they may be migrations.
    """
    opened = facade.Database(conf, long_statements=True)
    try:
        yield opened
    finally:
        opened.dispose()
