# SPDX-License-Identifier: Apache-2.0
"""The options of one process or test, as a ``ConfigOpts``.

It is passed to the callees and never read from a global.
"""

import collections.abc
import pathlib
import sys

from oslo_config import cfg
from oslo_log import log

from cloudkitty import version
from cloudkitty.conf import defaults
from cloudkitty.conf import opts

#: Where ``oslo_config.cfg.find_config_files`` searches ``cloudkitty.conf``.
_DIRECTORIES = ("~/.cloudkitty", "~", "/etc/cloudkitty", "/etc")


def make(
    argv: collections.abc.Sequence[str] | None = None,
    default_config_files: collections.abc.Sequence[str] | None = None,
    cli_opts: collections.abc.Sequence[cfg.Opt] = (),
) -> cfg.ConfigOpts:
    """Return the options of one process, read from files and ``argv``.

    :param argv: command line without the program's name; ``None`` selects
        the command line of this process.
    :param default_config_files: files read if ``argv`` names no file; with
        ``None``, oslo.config searches ``cloudkitty.conf``.
    :param cli_opts: options of this command beyond the common options.
    :raises oslo_config.cfg.ConfigFilesNotFoundError: if a file is missing.
    """
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    defaults.set_library_defaults()
    opts.register(conf)
    conf.register_cli_opts(cli_opts)
    conf(
        args=list(sys.argv[1:] if argv is None else argv),
        project="cloudkitty",
        version=version.version_string(),
        default_config_files=None
        if default_config_files is None
        else list(default_config_files),
        validate_default_values=True,
    )
    return conf


def missing_file_hint(conf: cfg.ConfigOpts) -> str:
    """Return a hint to append to an error if no file was read, else ""."""
    if not missing_files(conf):
        return ""
    *others, last = _DIRECTORIES
    return (
        ". No configuration file was read: pass --config-file, or write "
        f"cloudkitty.conf in one of {', '.join(others)} and {last}"
    )


def missing_files(conf: cfg.ConfigOpts) -> list[str]:
    """Return the paths that were searched if no file was read, else []."""
    if conf.config_file or conf.config_dir:
        return []
    return [
        str(pathlib.Path(directory, "cloudkitty.conf").expanduser())
        for directory in _DIRECTORIES
    ]
