# SPDX-License-Identifier: Apache-2.0
"""Load the rules of the ``hashmap`` module that can apply to a scope."""

import collections.abc
import dataclasses
import functools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import base
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import records
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import json_rows

_Rule = typing.TypeVar(
    "_Rule", hashmap_mappings.Mapping[int], hashmap_thresholds.Threshold[int]
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules that can apply to one scope.

    Services, fields and groups are in the order of their creation; rules for
    all scopes precede the scope's own.
    """

    services: tuple[hashmap_services.Service, ...] = ()
    fields: tuple[hashmap_services.Field[int], ...] = ()
    groups: tuple[hashmap_services.Group, ...] = ()
    mappings: tuple[hashmap_mappings.Mapping[int], ...] = ()
    thresholds: tuple[hashmap_thresholds.Threshold[int], ...] = ()


class RulesOfAll:
    """The rules of all scopes, from one read of the database.

    :param rules: with the mappings and thresholds of all scopes.
    """

    def __init__(self, rules: Rules) -> None:
        self._mappings = _by_scope(rules.mappings)
        self._thresholds = _by_scope(rules.thresholds)
        self._general = dataclasses.replace(
            rules,
            mappings=tuple(self._mappings.pop(None, ())),
            thresholds=tuple(self._thresholds.pop(None, ())),
        )

    def has_own(self, scope_id: str) -> bool:
        """Return whether a rule applies to this scope only."""
        return scope_id in self._mappings or scope_id in self._thresholds

    def of(self, scope_id: str | None) -> Rules:
        """Return the rules that ``load`` returns for the scope."""
        if scope_id is None or not self.has_own(scope_id):
            return self._general
        mappings = self._mappings.get(scope_id, ())
        thresholds = self._thresholds.get(scope_id, ())
        return dataclasses.replace(
            self._general,
            mappings=(*self._general.mappings, *mappings),
            thresholds=(*self._general.thresholds, *thresholds),
        )


def load_all(session: orm.Session) -> RulesOfAll:
    """Return the rules of all scopes, at any time, with one statement."""
    return RulesOfAll(Rules(**_rows(session, _LOAD_ALL, {})))


def load(session: orm.Session, scope_id: str | None) -> Rules:
    """Return all rules that can apply to a scope, at any time.

    :param scope_id: the scope; None for the rules of all scopes only.
    """
    # No rule can have a scope id that databases cannot store.
    tenant = scope_id if exact_text.storable(scope_id or "") else None
    found = Rules(**_rows(session, _LOAD, {"tenant": tenant}))
    return dataclasses.replace(
        found,
        mappings=_of_scope(found.mappings, scope_id),
        thresholds=_of_scope(found.thresholds, scope_id),
    )


def _rows(
    session: orm.Session,
    statement: sa.CompoundSelect[typing.Any],
    asked: dict[str, typing.Any],
) -> dict[str, tuple[typing.Any, ...]]:
    """Return the rows of all tables, each in the order of their creation."""
    rows: dict[str, list[typing.Any]] = {table: [] for table in _TABLES}
    # One statement, so that the owners of all rules are included.
    for table, text in session.connection().execute(statement, asked):
        rows[table].append(_read(table, text))
    return {
        table: tuple(sorted(of_one, key=lambda row: row.id))
        for table, of_one in rows.items()
    }


#: The fields of the result of ``load``: their types and tables.
_TABLES: dict[str, tuple[type[typing.Any], type[base.Base]]] = {
    "services": (hashmap_services.Service, rule_models.HashmapService),
    "fields": (hashmap_services.Field, rule_models.HashmapField),
    "groups": (hashmap_services.Group, rule_models.HashmapGroup),
    "mappings": (hashmap_mappings.Mapping, rule_models.HashmapMapping),
    "thresholds": (hashmap_thresholds.Threshold, rule_models.HashmapThreshold),
}
_JSON_ROWS = {
    table: json_rows.Row(
        [getattr(model, name) for name in records.names(kind)]
    )
    for table, (kind, model) in _TABLES.items()
}


def _select(table: str, *, all_scopes: bool = False) -> typing.Any:
    """Return the statement that reads a table: its name and JSON rows.

    :param all_scopes: also read the rules of all single scopes.
    """
    _, model = _TABLES[table]
    query: typing.Any = sa.select(
        sa.literal_column(f"'{table}'").label("source"),
        _JSON_ROWS[table].column,
    ).select_from(model)
    tenant = model.__table__.columns.get("tenant_id")
    if tenant is None or all_scopes:
        return query
    mine = sa.bindparam("tenant", type_=tenant.type)
    return query.where(tenant.is_(None) | (tenant == mine))


# Compiled once: compiling takes as long as executing.
_LOAD = sa.union_all(*map(_select, _TABLES))
_LOAD_ALL = sa.union_all(
    *(_select(table, all_scopes=True) for table in _TABLES)
)


# Most rules have not changed since the last task.
@functools.lru_cache(maxsize=4096)
def _read(table: str, text: str) -> typing.Any:
    """Decode one row selected by ``_LOAD``."""
    kind, _ = _TABLES[table]
    return records.build(kind, _JSON_ROWS[table].values(text))


def _by_scope(
    rules: collections.abc.Iterable[_Rule],
) -> dict[str | None, list[_Rule]]:
    """Return rules by scope; None: the rules of all scopes."""
    found: dict[str | None, list[_Rule]] = {}
    for rule in rules:
        found.setdefault(rule.tenant_id, []).append(rule)
    return found


def _of_scope(
    rules: collections.abc.Iterable[_Rule], scope_id: str | None
) -> tuple[_Rule, ...]:
    """Return the rules of all scopes, then the scope's own."""
    # Compare again: the database may fold case.
    mine = [rule for rule in rules if rule.tenant_id in (None, scope_id)]
    return tuple(sorted(mine, key=lambda rule: rule.tenant_id is not None))
