# SPDX-License-Identifier: Apache-2.0
"""Finds the parts of the API that are entry points."""

import importlib.metadata
import logging

from oslo_config import cfg

from cloudkitty.api.v2 import base
from cloudkitty.common import exceptions

LOG = logging.getLogger(__name__)

#: Modules of version 2.
NAMESPACE = "cloudkitty.api.v2"
#: What is below ``/v1/rating/module_config/``, by the rating module's name.
CONFIG_NAMESPACE = "cloudkitty.api.v1.module_config"


def load_modules(conf: cfg.ConfigOpts) -> dict[str, base.Module]:
    """Return the enabled modules by name, their options registered.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for one that
        cannot be loaded; the text names it.
    """
    found = _entry_points(NAMESPACE)
    disabled = set(conf.api.disabled_modules)
    for name in sorted(disabled - set(found)):
        LOG.warning(
            "[api] disabled_modules names a module that is not there: "
            "%(name)s",
            {"name": name},
        )
    modules = {
        name: _load(found[name]) for name in sorted(set(found) - disabled)
    }
    for name, module in modules.items():
        _register_options(conf, name, module)
    return modules


def load_module_configs(conf: cfg.ConfigOpts) -> dict[str, base.Module]:
    """Return what configures rating modules, by their names.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for one that
        cannot be loaded; the text names it.
    """
    found = _entry_points(CONFIG_NAMESPACE)
    modules = {name: _load(found[name]) for name in sorted(found)}
    for name, module in modules.items():
        _register_options(conf, name, module)
    return modules


def _entry_points(
    namespace: str,
) -> dict[str, importlib.metadata.EntryPoint]:
    found: dict[str, importlib.metadata.EntryPoint] = {}
    for entry_point in importlib.metadata.entry_points(group=namespace):
        other = found.setdefault(entry_point.name, entry_point)
        # An installed package can be on the path twice; that is no conflict.
        if other.value != entry_point.value:
            raise exceptions.InvalidConfiguration(
                f"API module {entry_point.name}: both {other.value} and "
                f"{entry_point.value} claim the name; uninstall one"
            )
    return found


def _load(entry_point: importlib.metadata.EntryPoint) -> base.Module:
    try:
        module = entry_point.load()
    except Exception as err:
        # Whatever it is, an import of somebody else's code went wrong.
        raise exceptions.InvalidConfiguration(
            f"API module {entry_point.name} ({entry_point.value}) cannot be "
            f"loaded: {type(err).__name__}: {err}; mend it, uninstall it or, "
            "if it is one of version 2, add it to [api] disabled_modules"
        ) from err
    if not isinstance(module, base.Module):
        raise exceptions.InvalidConfiguration(
            f"API module {entry_point.name} ({entry_point.value}) is no "
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
