# SPDX-License-Identifier: Apache-2.0
"""Find the rating modules and chain the enabled ones."""

import collections.abc
import importlib.metadata
import logging

import stevedore
from oslo_config import cfg
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import log_fields
from cloudkitty.common import plugins
from cloudkitty.db import facade
from cloudkitty.db import schema
from cloudkitty.db import startup
from cloudkitty.rating import base
from cloudkitty.rating import broken
from cloudkitty.rating import modules as ck_modules

LOG = logging.getLogger(__name__)

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


def modules(
    conf: cfg.ConfigOpts | None = None,
) -> dict[str, type[base.RatingModule]]:
    """Return all installed modules, by name.

    A module that cannot be loaded is represented by a ``broken.make`` class.
    It can be disabled, but it cannot rate: points must not be rated without
    it while it is enabled. ``warn`` logs it.

    :param conf: the service's options, for modules of upstream.
    """
    errors: dict[str, str] = {}

    def note(
        _manager: object,
        entry_point: importlib.metadata.EntryPoint,
        error: BaseException,
    ) -> None:
        errors[entry_point.name] = f"{type(error).__name__}: {error}"

    found: dict[str, type[base.RatingModule]] = {}
    manager = stevedore.ExtensionManager[base.RatingModule](
        NAMESPACE, on_load_failure_callback=note
    )
    for extension in manager:
        name = extension.name
        if name in found:
            errors[name] = f"several packages declare it in {NAMESPACE}"
        try:
            found[name] = _checked(name, extension.plugin, conf)
        # The constructor of a plugin may raise anything.
        except Exception as error:
            errors[name] = f"{type(error).__name__}: {error}"
    for name, why in sorted(errors.items()):
        found[name] = broken.make(name, why)
    return found


def warn(
    found: collections.abc.Mapping[str, type[base.RatingModule]],
) -> None:
    """Log the modules that cannot be loaded, once at the start of a service.

    :param found: all installed modules, from ``modules``.
    """
    for name, module in sorted(found.items()):
        if issubclass(module, broken.BrokenModule):
            LOG.warning(
                *log_fields.event(
                    "rating module cannot be loaded",
                    module=name,
                    error=module.why,
                )
            )


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

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if an enabled
        module cannot be loaded or is not installed.
    :param found: all there are, of ``modules`` or, where options count, of
        ``bind``.
    :param database: where module states and rules are read, once.
    :param scope_id: the scope to rate; None for the rules of all scopes.
    """
    with database.reader() as session:
        # Here, so that the modules read their rules in this transaction.
        return Chain(
            make(database, scope_id) for make in _enabled(session, found)
        )


class Chains:
    """Chains of many scopes, with the rules of one time.

    Used by one thread at a time, as are its chains.

    :param modules: sources of the modules, first to last.
    """

    def __init__(
        self, modules: collections.abc.Iterable[base.ScopeModules]
    ) -> None:
        self._modules = tuple(modules)
        self._shared: Chain | None = None

    def of(self, scope_id: str) -> Chain:
        """Return the chain of a scope, which rates as that of ``load_chain``.

        Scopes without rules of their own share one.
        """
        if any(source.has_own(scope_id) for source in self._modules):
            return Chain(source.make(scope_id) for source in self._modules)
        if self._shared is None:
            self._shared = Chain(source.make(None) for source in self._modules)
        return self._shared


class _OneEach:
    """Makes an instance for each scope, each with a read of its own."""

    def __init__(
        self,
        make: type[base.RatingModule] | base.Maker,
        database: facade.Database,
    ) -> None:
        self._make = make
        self._database = database

    def has_own(self, scope_id: str) -> bool:
        return True

    def make(self, scope_id: str | None) -> base.RatingModule:
        return self._make(self._database, scope_id)


def load_chains(
    found: collections.abc.Mapping[str, type[base.RatingModule] | base.Maker],
    database: facade.Database,
) -> Chains:
    """Return the chains of all scopes.

    Rules are read with a constant number of statements, except those of
    modules without ``load_many``. The parameters and errors are those of
    ``load_chain``.
    """
    with database.reader() as session:
        return Chains(
            _load_many(make, database) for make in _enabled(session, found)
        )


def _load_many(
    make: type[base.RatingModule] | base.Maker, database: facade.Database
) -> base.ScopeModules:
    load = getattr(make, "load_many", None)
    loaded: base.ScopeModules | None = load(database) if load else None
    return _OneEach(make, database) if loaded is None else loaded


def _enabled(
    session: orm.Session,
    found: collections.abc.Mapping[str, type[base.RatingModule] | base.Maker],
) -> list[type[base.RatingModule] | base.Maker]:
    """Return the enabled modules in the order in which they rate."""
    known = ck_modules.read(session, found)
    order = sorted(
        (-state.priority, name)
        for name, (_, state) in known.items()
        if state.enabled
    )
    return [known[name][0] for _, name in order]


def check(
    found: collections.abc.Mapping[str, type[base.RatingModule]],
    conf: cfg.ConfigOpts,
    database: facade.Database,
) -> None:
    """Check that all enabled modules can rate.

    Does nothing if the database has not the tables of this release.

    :param found: all installed modules, from ``modules``.
    :raises cloudkitty.common.exceptions.InvalidConfiguration: if one cannot;
        the text names all of them.
    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    try:
        schema.check(database)
    except schema.WrongSchema:
        return
    refusals = startup.Refusals()
    makers = bind(found, conf)
    try:
        with database.reader() as session:
            for make in _enabled(session, makers):
                with refusals.gather():
                    make(database, None)
    finally:
        for maker in makers.values():
            maker.close()
    refusals.check()


def _checked(
    name: str, plugin: object, conf: cfg.ConfigOpts | None
) -> type[base.RatingModule]:
    """Return the class of a module.

    :raises TypeError: if it is not a rating module.
    :raises ValueError: if it has another name.
    """
    contract = plugins.adapted(plugin, conf)
    if not (
        isinstance(contract, type) and issubclass(contract, base.RatingModule)
    ):
        raise TypeError(f"not a {base.__name__}.RatingModule")
    # The name is the key of the module's row.
    if contract.module_name != name:
        raise ValueError(f"its module_name is {contract.module_name}")
    return contract
