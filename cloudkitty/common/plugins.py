# SPDX-License-Identifier: Apache-2.0
"""Classes that are named by configuration and found by stevedore."""

import importlib.metadata
import typing

import stevedore
from oslo_config import cfg
from stevedore import exception as stevedore_exception

from cloudkitty.common import exceptions

T = typing.TypeVar("T")


def load_class(
    namespace: str,
    name: str,
    base: type[T],
    option: str,
    conf: cfg.ConfigOpts | None = None,
) -> type[T]:
    """Return the class of entry point ``name`` in ``namespace``.

    :param base: the required base class.
    :param option: where the name was configured, for the error texts.
    :param conf: the service's options, for plugins of upstream.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if the name
        is unknown, cannot be imported, or is not such a class.
    """
    broken: list[BaseException] = []
    try:
        found: object = stevedore.DriverManager(
            namespace,
            name,
            on_load_failure_callback=lambda _m, _ep, err: broken.append(err),
            warn_on_missing_entrypoint=False,
        ).driver
    except stevedore_exception.NoMatches:
        if broken:
            raise exceptions.InvalidConfiguration(
                f"{option} = {name}: the plugin is broken: "
                f"{type(broken[0]).__name__}: {broken[0]}"
            ) from broken[0]
        raise exceptions.InvalidConfiguration(
            f"{option} = {name}: unknown plugin; available: "
            f"{', '.join(names(namespace)) or 'none'}"
        ) from None
    except stevedore_exception.MultipleMatches as err:
        raise exceptions.InvalidConfiguration(
            f"{option} = {name}: several packages declare it in {namespace}"
        ) from err
    contract = adapted(found, conf)
    if not (isinstance(contract, type) and issubclass(contract, base)):
        raise exceptions.InvalidConfiguration(
            f"{option} = {name}: the plugin is not a "
            f"{base.__module__}.{base.__name__}"
        )
    return contract


def adapted(plugin: object, conf: cfg.ConfigOpts | None) -> object:
    """Return the class by which a plugin of upstream fulfils our contract.

    The base classes in ``cloudkitty.compat`` have the class method that
    returns it. Every other object is returned unchanged.

    :param conf: the service's options; None if they are not known.
    """
    adapt = getattr(plugin, "cloudkitty_adapter", None)
    return plugin if adapt is None else adapt(conf)


def names(namespace: str) -> list[str]:
    """Return the names of all entry points of ``namespace``, sorted."""
    found = importlib.metadata.entry_points(group=namespace)
    return sorted({entry_point.name for entry_point in found})
