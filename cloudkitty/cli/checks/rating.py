# SPDX-License-Identifier: Apache-2.0
"""Checks of the rating modules and their scripts."""

import sqlalchemy as sa

from cloudkitty.cli.checks import context as ck_context
from cloudkitty.cli.checks import findings as ck_findings
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import module_states
from cloudkitty.rating import broken
from cloudkitty.rating import loader
from cloudkitty.rating import modules as ck_modules

_Module = rule_models.ModuleState
_Script = rule_models.PyscriptsScript


def check_modules(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Load all modules; a broken one is a failure only if it is enabled."""
    installed = loader.modules(context.conf)
    disabled = module_states.ModuleState()
    known = {name: (module, disabled) for name, module in installed.items()}
    if context.has_table(_Module.__tablename__):
        with context.database.reader() as session:
            known = ck_modules.read(session, installed)
    for name, (module, state) in sorted(known.items()):
        if not issubclass(module, broken.BrokenModule):
            continue
        if state.enabled:
            found.failure(f"the processor will not start: {module.refusal()}")
        else:
            found.warning(
                f"rating module {name} is disabled and cannot be loaded: "
                f"{module.why}"
            )
    with found.gather():
        loader.check(installed, context.conf, context.database)


def check_scripts(
    context: ck_context.Context, found: ck_findings.Findings
) -> None:
    """Warn about scripts that would not run."""
    if context.conf.pyscripts.enabled or not all(
        map(context.has_table, (_Module.__tablename__, _Script.__tablename__))
    ):
        return
    with context.database.reader() as session:
        state = module_states.get_all(session).get("pyscripts")
        count = session.scalar(
            sa.select(sa.func.count())
            .select_from(_Script)
            .where(_Script.deleted.is_(None))
        )
    if state is not None and state.enabled and count:
        found.warning(
            f"the rating module pyscripts is enabled and has {count} scripts, "
            "but [pyscripts] enabled is not set: periods with a script in "
            "force will not be rated"
        )
