# SPDX-License-Identifier: Apache-2.0
"""Find the rating modules and chain the enabled ones."""

import collections.abc

import stevedore
from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.db import facade
from cloudkitty.rating import base
from cloudkitty.rating import modules as ck_modules

NAMESPACE = "cloudkitty.rating.processors"


class Chain:
    """Rating modules in the order in which they rate.

    Built once for one unit of work, with the rules at that time; used by one
    thread at a time.

    :param modules: first to last; each gets the frame of the one before.
    """

    def __init__(
        self, modules: collections.abc.Iterable[base.RatingModule]
    ) -> None:
        self.modules = tuple(modules)

    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        """Return ``frame`` rated by the rules in force at its start.

        ``frame`` itself is not changed.

        :raises cloudkitty.rating.base.RatingError: if a rule cannot be
            applied; the text names it.
        """
        for module in self.modules:
            module.reload(frame.start)
            frame = module.rate(frame)
        return frame


def modules() -> dict[str, type[base.RatingModule]]:
    """Return all installed modules, by name.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if one cannot be
        loaded. This includes disabled modules: they may be enabled at any
        time, and points must not be rated without them then.
    """
    found: dict[str, type[base.RatingModule]] = {}
    manager = stevedore.ExtensionManager[base.RatingModule](
        NAMESPACE, on_load_failure_callback=_refuse_broken
    )
    for extension in manager:
        _check(extension.name, extension.plugin)
        if extension.name in found:
            raise exceptions.InvalidConfiguration(
                f"rating module {extension.name}: several packages declare "
                f"it in {NAMESPACE}"
            )
        found[extension.name] = extension.plugin
    return found


def bind(
    found: collections.abc.Mapping[str, type[base.RatingModule]],
    conf: cfg.ConfigOpts,
) -> dict[str, base.Maker]:
    """Return the makers of the modules of one process; close each at the end.

    :param found: all installed modules, from ``modules``.
    """
    return {name: module.bind(conf) for name, module in found.items()}


def load_chain(
    found: collections.abc.Mapping[str, type[base.RatingModule] | base.Maker],
    database: facade.Database,
    scope_id: str | None,
) -> Chain:
    """Return the enabled modules, the one with the highest priority first.

    Modules of the same priority are in the order of their names.

    :param found: all there are, of ``modules`` or, where options count, of
        ``bind``.
    :param database: where module states and rules are read, once.
    :param scope_id: the scope to rate; None for the rules of all scopes.
    """
    with database.reader() as session:
        in_force = ck_modules.states(session, found)
        order = sorted(
            (name for name, state in in_force.items() if state.enabled),
            key=lambda name: (-in_force[name].priority, name),
        )
        # Here, so that the modules read their rules in this transaction.
        return Chain(found[name](database, scope_id) for name in order)


def _check(name: str, plugin: object) -> None:
    if not (
        isinstance(plugin, type) and issubclass(plugin, base.RatingModule)
    ):
        raise exceptions.InvalidConfiguration(
            f"rating module {name}: not a {base.__name__}.RatingModule"
        )
    # The name is the key of the module's row.
    if plugin.module_name != name:
        raise exceptions.InvalidConfiguration(
            f"rating module {name}: its module_name is {plugin.module_name}"
        )


def _refuse_broken(
    manager: object, entry_point: object, error: BaseException
) -> None:
    name = getattr(entry_point, "name", "?")
    raise exceptions.InvalidConfiguration(
        f"rating module {name}: the plugin is broken: "
        f"{type(error).__name__}: {error}"
    ) from error
