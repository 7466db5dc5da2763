# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: read the options and ``metrics.yml`` again, if they are valid.

The first process of the processor imports this module: it imports few others.
"""

import collections.abc
import logging
import typing

from oslo_config import cfg
from oslo_log import log

from cloudkitty.collector import pinned_files
from cloudkitty.common import child
from cloudkitty.common import log_fields
from cloudkitty.common import reports

LOG = log.getLogger(__name__)


class ProcessorOptions:
    """The options of the processor's first process, for cotyledon.

    cotyledon calls ``mutate_config_files`` at SIGHUP. Afterwards it asks all
    workers to end and starts new ones, which inherit options and definitions.

    :param conf: the options of the process.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf

    def __getattr__(self, name: str) -> typing.Any:
        return getattr(self._conf, name)

    def mutate_config_files(self) -> None:
        """Use the new options and definitions, or keep both if any is wrong.

        The causes are logged as errors.
        """
        path = self._conf.collect.metrics_conf
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError as error:
            _refuse(f"[collect] metrics_conf = {path}: {error.strerror}")
            return
        if reload(self._conf, lambda: self._check_definitions(content)):
            pinned_files.pin(path, content)

    def _check_definitions(self, content: bytes) -> None:
        # Imported in the child process only.
        from cloudkitty.orchestrator import resources

        pinned_files.pin(self._conf.collect.metrics_conf, content)
        resources.check_definitions(self._conf)


def pin_definitions(conf: cfg.ConfigOpts) -> None:
    """Keep the current content of ``metrics.yml`` for all workers.

    A file that cannot be read is an error of the check at the start.
    """
    path = conf.collect.metrics_conf
    try:
        pinned_files.pin(path, pinned_files.read(path))
    except OSError:
        pinned_files.release(path)


def reload(
    conf: cfg.ConfigOpts,
    check: collections.abc.Callable[[], None] = lambda: None,
) -> bool:
    """Read the mutable options again; keep all if any value is invalid.

    A child process checks them and logs the error, because a value of
    oslo.config that was read cannot be taken back.

    :param check: a further check, called in the child process.
    :returns: whether the new values are in force.
    """
    if not child.succeeds(lambda: _valid(conf, check)):
        return False
    conf.mutate_config_files()
    LOG.info("configuration reloaded")
    return True


def _valid(
    conf: cfg.ConfigOpts, check: collections.abc.Callable[[], None]
) -> bool:
    from cloudkitty.db import startup

    # The parent logs the changes when they take effect.
    logging.getLogger("oslo_config.cfg").disabled = True
    try:
        conf.mutate_config_files()
        # Reading an option shows whether its value is valid.
        reports.options(conf)
        check()
    except Exception as error:
        cause = startup.explain(error)
        if cause is None:
            raise
        _refuse(cause)
        return False
    return True


def _refuse(cause: str) -> None:
    LOG.error(
        *log_fields.event(
            "configuration not reloaded, the options and definitions in "
            "force are kept",
            error=cause,
        )
    )
