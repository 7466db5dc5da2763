# SPDX-License-Identifier: Apache-2.0
"""Load the modules of the API from their entry points."""

import collections.abc
import importlib.metadata
import logging

import stevedore
from oslo_config import cfg

from cloudkitty.api.v2 import base
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.common import plugins

LOG = logging.getLogger(__name__)

#: Entry points of the modules of version 2.
NAMESPACE = "cloudkitty.api.v2"
#: Entry points of ``/v1/rating/module_config/``, by rating module.
CONFIG_NAMESPACE = "cloudkitty.api.v1.module_config"


def load_modules(conf: cfg.ConfigOpts) -> dict[str, base.Module]:
    """Return the enabled modules by name and register their options.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if a module
        cannot be loaded; the message contains its name.
    """
    names = plugins.names(NAMESPACE)
    disabled = set(conf.api.disabled_modules)
    for name in sorted(disabled - set(names)):
        LOG.warning(
            *log_fields.event(
                "[api] disabled_modules contains an unknown module",
                module=name,
            )
        )
    return _load(
        conf, NAMESPACE, [name for name in names if name not in disabled]
    )


def load_module_configs(conf: cfg.ConfigOpts) -> dict[str, base.Module]:
    """Return the API modules that configure rating modules, by their names.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if a module
        cannot be loaded; the message contains its name.
    """
    return _load(conf, CONFIG_NAMESPACE, plugins.names(CONFIG_NAMESPACE))


def _load(
    conf: cfg.ConfigOpts, namespace: str, names: collections.abc.Sequence[str]
) -> dict[str, base.Module]:
    # A module that is not named is not even imported.
    manager: stevedore.NamedExtensionManager[base.Module] = (
        stevedore.NamedExtensionManager(
            namespace, names, on_load_failure_callback=_refuse_broken
        )
    )
    _refuse_conflicts(manager.list_entry_points())
    found = {
        extension.name: _checked(extension.entry_point, extension.plugin)
        for extension in sorted(manager, key=lambda each: each.name)
    }
    for name, module in found.items():
        _register_options(conf, name, module)
    return found


def _refuse_conflicts(
    entry_points: collections.abc.Iterable[importlib.metadata.EntryPoint],
) -> None:
    found: dict[str, importlib.metadata.EntryPoint] = {}
    for entry_point in entry_points:
        other = found.setdefault(entry_point.name, entry_point)
        # An installed package may be on the path twice without a conflict.
        if other.value != entry_point.value:
            raise exceptions.InvalidConfiguration(
                f"API module {entry_point.name}: both {other.value} and "
                f"{entry_point.value} have this name; uninstall one of them"
            )


def _refuse_broken(
    manager: object,
    entry_point: importlib.metadata.EntryPoint,
    error: BaseException,
) -> None:
    raise exceptions.InvalidConfiguration(
        f"API module {entry_point.name} ({entry_point.value}) cannot be "
        f"loaded: {type(error).__name__}: {error}; correct it, uninstall it "
        "or, if it is a module of version 2, add it to [api] disabled_modules"
    ) from error


def _checked(
    entry_point: importlib.metadata.EntryPoint, module: object
) -> base.Module:
    if not isinstance(module, base.Module):
        raise exceptions.InvalidConfiguration(
            f"API module {entry_point.name} ({entry_point.value}) is not a "
            "cloudkitty.api.v2.base.Module"
        )
    return module


def _register_options(
    conf: cfg.ConfigOpts, name: str, module: base.Module
) -> None:
    for group, options in module.options:
        try:
            conf.register_opts(options, group=group)
        except cfg.DuplicateOptError as err:
            raise exceptions.InvalidConfiguration(
                f"API module {name}: {err}"
            ) from err
