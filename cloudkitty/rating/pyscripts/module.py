# SPDX-License-Identifier: Apache-2.0
"""The module ``pyscripts``: operators' Python in a separate process."""

import datetime

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.common import clock as ck_clock
from cloudkitty.db import facade
from cloudkitty.db.rules import scripts as script_rows
from cloudkitty.rating import base
from cloudkitty.rating.pyscripts import sandbox as ck_sandbox
from cloudkitty.rating.pyscripts import timeline


class PyScripts(base.RatingModule):
    """Lets the scripts in the table ``pyscripts_scripts`` change frames.

    :param sandbox: where they run; None if ``[pyscripts] enabled`` is not
        set.
    """

    module_name = "pyscripts"
    description = "Runs the operator's own Python scripts on the usage."
    hot_config = True

    def __init__(
        self,
        database: facade.Database,
        scope_id: str | None,
        sandbox: ck_sandbox.Sandbox | None = None,
    ) -> None:
        super().__init__(database, scope_id)
        with database.reader() as session:
            self._timeline = timeline.Timeline(script_rows.load(session))
        self._sandbox = sandbox
        self._scripts: tuple[script_rows.Script, ...] = ()

    @classmethod
    def bind(cls, conf: cfg.ConfigOpts) -> base.Maker:
        return _Maker(conf)

    @classmethod
    def load_many(cls, database: facade.Database) -> base.ScopeModules | None:
        # A derived class may have rules of scopes.
        return base.Shared(cls(database, None)) if cls is PyScripts else None

    def reload(self, at: datetime.datetime) -> None:
        self._scripts = self._timeline.at(at)

    def rate(self, frame: dataframe.DataFrame) -> dataframe.DataFrame:
        if not self._scripts:
            return frame
        if self._sandbox is None:
            # Rating without the scripts would silently produce wrong prices.
            raise base.RatingError(
                f"{_name(self._scripts[0])} is in force, but scripts are "
                "not run: set [pyscripts] enabled = true, or disable the "
                "rating module pyscripts"
            )
        sources = [_source(script) for script in self._scripts]
        try:
            return self._sandbox.run(sources, frame)
        except ck_sandbox.ScriptFailed as error:
            raise base.RatingError(
                f"{self._which(error.index)} {error}"
            ) from error

    def _which(self, index: int | None) -> str:
        if len(self._scripts) == 1:
            index = 0
        if index is not None and index < len(self._scripts):
            return _name(self._scripts[index])
        return "one of " + ", ".join(map(_name, self._scripts))


class _Maker:
    """Makes the modules of one process, which share a sandbox."""

    always_on = False

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._sandbox: ck_sandbox.Sandbox | None = None
        if conf.pyscripts.enabled:
            self._sandbox = ck_sandbox.Sandbox(conf, ck_clock.SystemClock())

    def __call__(
        self, database: facade.Database, scope_id: str | None
    ) -> PyScripts:
        return PyScripts(database, scope_id, self._sandbox)

    def load_many(self, database: facade.Database) -> base.ScopeModules:
        return base.Shared(self(database, None))

    def close(self) -> None:
        if self._sandbox is not None:
            self._sandbox.close()


def _name(script: script_rows.Script) -> str:
    # A name may be long, and may contain any characters.
    return f"script {script.script_id} ({ascii(script.name)[:100]})"


def _source(script: script_rows.Script) -> str:
    if script.data is None:
        raise base.RatingError(
            f"{_name(script)} cannot be read: its row is damaged"
        )
    return script.data
