# SPDX-License-Identifier: Apache-2.0
"""The import paths of CloudKitty 25."""

import importlib
import subprocess
import sys

from cloudkitty.tests import base

PATHS = {
    "collector": (
        "BaseCollector",
        "NoDataCollected",
        "InvalidConfiguration",
        "METRIC_BASE_SCHEMA",
        "CONF_BASE_SCHEMA",
        "MetricDict",
        "get_collector",
        "validate_conf",
    ),
    "collector.exceptions": ("CollectError",),
    "collector.prometheus_base": ("PrometheusCollectorBase",),
    "fetcher": ("BaseFetcher",),
    "rating": ("RatingProcessorBase", "RatingRestControllerBase"),
    "storage": ("get_storage", "NoTimeFrame"),
    "storage.v2": ("BaseStorage",),
    "storage.v1": ("BaseStorage",),
    "storage.v1.hybrid.backends": ("BaseHybridBackend",),
    "dataframe": ("DataPoint", "DataFrame"),
    "db": ("session_for_read", "session_for_write"),
    "db.api": ("get_instance",),
    "common.db.alembic.migration": (
        "load_alembic_config",
        "revision",
        "stamp",
        "upgrade",
        "version",
    ),
    "common.db.alembic.env": ("run_migrations_online",),
    "common.db.models": ("get_base",),
    "messaging": ("get_client", "get_server", "get_target"),
    "common.policy": ("authorize",),
    "utils": ("load_conf", "convert_unit", "mutate", "num2decimal"),
    "utils.tz": ("localized_now", "utc_to_local", "local_to_utc"),
    "utils.json": ("dumps", "loads"),
    "api.v2.base": ("BaseResource",),
    "api.v2.utils": (),
}

#: Prints the modules for plugins that the engine loads: it must load none.
PROGRAM = """
import sys
from cloudkitty.orchestrator import resources
from cloudkitty.orchestrator.rpc import server
print(*(name for name in sys.modules
        if name.startswith("cloudkitty.compat")
        or name in ("voluptuous", "pecan")))
"""


class TestImports(base.TestCase):
    def test_every_path_exists(self):
        for path, names in PATHS.items():
            module = importlib.import_module(f"cloudkitty.{path}")
            for name in names:
                self.assertTrue(hasattr(module, name), f"{path}.{name}")

    def test_unknown_names(self):
        for path in ("collector", "fetcher", "rating", "storage", "db"):
            module = importlib.import_module(f"cloudkitty.{path}")
            self.assertRaises(AttributeError, getattr, module, "nothing")

    def test_first_import_in_a_process(self):
        # In every order: a circular import would fail here.
        for name in (
            "collector import BaseCollector",
            "fetcher import BaseFetcher",
            "rating import RatingRestControllerBase",
            "storage.v2 import BaseStorage",
            "db import session_for_read",
        ):
            subprocess.run(
                [sys.executable, "-c", f"from cloudkitty.{name}"], check=True
            )

    def test_the_engine_does_not_load_the_adapters(self):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.assertEqual("", done.stdout.strip())
