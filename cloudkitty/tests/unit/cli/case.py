# SPDX-License-Identifier: Apache-2.0
"""Case that runs a command in this process."""

import contextlib
import io
import logging
import pathlib

import sqlalchemy as sa

from cloudkitty.tests import base

METRICS = (
    pathlib.Path(__file__).parents[4] / "etc/cloudkitty/metrics.prometheus.yml"
)
SECRET = "not-to-be-shown"


class Case(base.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.make_folder()
        self.url = f"sqlite:///{self.folder}/ck.sqlite"
        # A command sets the logging of its process up.
        handlers = list(logging.root.handlers)
        self.addCleanup(setattr, logging.root, "handlers", handlers)

    def run_command(self, module, *argv, connection=None, **groups):
        """Return exit code, standard output and standard error."""
        groups["database"] = {
            "connection": connection or self.url,
            "max_retries": 0,
            **groups.get("database", {}),
        }
        conf = self.folder / "cloudkitty.conf"
        conf.write_text(
            "".join(
                f"[{group}]\n"
                + "".join(f"{key} = {value}\n" for key, value in some.items())
                for group, some in groups.items()
            )
        )
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = module.main([f"--config-file={conf}", *argv])
            except SystemExit as usage:
                code = usage.code
        return code, out.getvalue(), err.getvalue()

    def tables(self):
        engine = sa.create_engine(self.url)
        self.addCleanup(engine.dispose)
        return set(sa.inspect(engine).get_table_names())
