# SPDX-License-Identifier: Apache-2.0
"""A call of every function on many scopes, and of those of purges."""

from cloudkitty.db import rated_imports
from cloudkitty.db.rules import load as rule_load
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import purge
from cloudkitty.tests import new_scopes
from cloudkitty.tests.functional.db.faults import cases


def _states(world):
    return [world.rows.states[name] for name in "abc"]


def _rules(session, world):
    rules = rule_load.load_all(session)
    return rules.of("a"), rules.of("b")


FUNCTIONS = [
    cases.of_session(
        "scope_queries.of",
        lambda session, world: scope_queries.of(
            session,
            scope_key=new_scopes.make("a").scope_key,
            fetcher=new_scopes.make("a").fetcher,
            collector=new_scopes.make("a").collector,
        ),
    ),
    cases.of_session(
        "scope_updates.lock_unchanged",
        lambda session, world: scope_updates.lock_unchanged(
            session, _states(world)
        ),
    ),
    cases.of_session(
        "scope_updates.advance_many",
        lambda session, world: scope_updates.advance_many(
            session,
            [state.id for state in _states(world)],
            cases.hour(241),
            cases.PERIOD,
        ),
    ),
    cases.of_session(
        "scope_updates.create_many",
        lambda session, world: scope_updates.create_many(
            session,
            [new_scopes.make("new-1"), new_scopes.make("new-2")],
            cases.hour(0),
            cases.PERIOD,
        ),
        cases.TOLD,
    ),
    cases.of_session("rule_load.load_all", _rules),
    cases.of_session(
        "rated_imports.forget",
        lambda session, world: rated_imports.forget(
            session, "influxdb", "a", cases.START
        ),
    ),
    cases.of_session(
        "purge.count", lambda session, world: purge.count(session, cases.LATER)
    ),
    cases.of_session(
        "purge.count_without_end",
        lambda session, world: purge.count_without_end(session),
    ),
]
