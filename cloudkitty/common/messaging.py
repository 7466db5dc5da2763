# SPDX-License-Identifier: Apache-2.0
"""oslo.messaging: loaded only by processes that use the message bus.

With its drivers it needs some MiB of memory, and its import is slow. Most
workers of the processor do not use it.
"""

import importlib
import types
import typing

from oslo_config import cfg

#: Exchange of all messages; the same as upstream's.
EXCHANGE = "cloudkitty"
#: Parts of the library that register their options with the global
#: ``cfg.CONF`` only, and read them from the one they are given.
_PARTS = ("metrics", "tracing")


def load(conf: cfg.ConfigOpts) -> types.ModuleType:
    """Return the package ``oslo_messaging``, set up for ``conf``.

    Call ``cloudkitty.conf.make`` first: without it, the library selects
    eventlet.
    """
    import oslo_messaging

    oslo_messaging.set_transport_defaults(control_exchange=EXCHANGE)
    for part in _PARTS:
        group = f"oslo_messaging_{part}"
        try:
            module = importlib.import_module(f"oslo_messaging._{part}.client")
        except ImportError:
            # Another version of the library, without this part.
            continue
        conf.register_opts(getattr(module, group, ()), group=group)
    _set_lock_path(conf)
    return oslo_messaging


def _set_lock_path(conf: cfg.ConfigOpts) -> None:
    """Pass the directory of ``[oslo_concurrency]`` to oslo.concurrency.

    It reads the global ``cfg.CONF`` only. With ``[oslo_messaging_rabbit]
    use_queue_manager``, oslo.messaging needs a lock for every request.
    """
    if "config_file" not in conf:
        # The sample generator reads no configuration.
        return
    from oslo_concurrency import lockutils

    path = peek(conf, cfg.StrOpt("lock_path"), "oslo_concurrency")
    if path is not None:
        lockutils.set_defaults(path)


def peek(
    conf: cfg.ConfigOpts, option: cfg.Opt, group: str | None = None
) -> typing.Any:
    """Return the value of an option of the library without loading it.

    :param option: like the library's, with the same default.
    """
    try:
        return (conf[group] if group else conf)[option.dest]
    except (cfg.NoSuchOptError, cfg.NoSuchGroupError):
        # Do not register it with ``conf``: the library refuses an option
        # that differs from its own, even in the help.
        files = cfg.ConfigOpts()
    files.register_opt(option, group=group)
    files(
        args=[],
        default_config_files=list(conf.config_file or ()),
        default_config_dirs=list(conf.config_dir or ()),
    )
    return (files[group] if group else files)[option.dest]


def embedded(conf: cfg.ConfigOpts) -> bool:
    """Return whether the bus is local to the process: ``fake://``."""
    option = cfg.StrOpt("transport_url", default="rabbit://")
    return str(peek(conf, option)).startswith(("fake:", "kombu+memory:"))
