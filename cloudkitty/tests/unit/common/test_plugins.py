# SPDX-License-Identifier: Apache-2.0
"""Errors of plugins that cannot be loaded list the installed ones."""

import os
import subprocess
import sys

from cloudkitty.collector import base as collector_base
from cloudkitty.collector import loader as collector_loader
from cloudkitty.collector.openmetrics import collector
from cloudkitty.common import exceptions
from cloudkitty.common import plugins
from cloudkitty.fetcher import base as fetcher_base
from cloudkitty.fetcher import loader as fetcher_loader
from cloudkitty.fetcher import source
from cloudkitty.tests import base


class TestLoadClass(base.TestCase):
    def refuse(self, namespace, name, kind):
        err = self.assertRaises(
            exceptions.InvalidConfiguration,
            plugins.load_class,
            namespace,
            name,
            kind,
            "[x] y",
        )
        self.assertIn(f"[x] y = {name}", str(err))
        return str(err)

    def test_unknown(self):
        text = self.refuse(
            collector_loader.NAMESPACE, "monasca", collector_base.Collector
        )
        self.assertIn("available: aetos, gnocchi, openmetrics", text)

    def test_broken(self):
        folder = self.make_folder()
        info = folder / "broken_plugin-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: broken-plugin\nVersion: 1\n"
        )
        (info / "entry_points.txt").write_text(
            f"[{fetcher_loader.NAMESPACE}]\nbroken = no_such_module:Thing\n"
        )
        # In a process of its own: entry points are cached.
        program = (
            "from cloudkitty.common import exceptions\n"
            "from cloudkitty.common import plugins\n"
            "try:\n"
            f"    plugins.load_class({fetcher_loader.NAMESPACE!r}, 'broken',"
            " object, '[x] y')\n"
            "except exceptions.InvalidConfiguration as err:\n"
            "    print(err)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        self.assertIn("[x] y = broken: the plugin is broken", done.stdout)
        self.assertIn("no_such_module", done.stdout)

    def test_of_another_kind(self):
        text = self.refuse(
            fetcher_loader.NAMESPACE, "source", collector_base.Collector
        )
        self.assertIn("not a cloudkitty.collector.base.Collector", text)

    def test_found(self):
        self.assertIs(
            source.SourceFetcher,
            plugins.load_class(
                fetcher_loader.NAMESPACE, "source", fetcher_base.Fetcher, ""
            ),
        )


class TestLoaders(base.TestCase):
    def test_collector(self):
        path = self.make_folder() / "metrics.yml"
        path.write_text("metrics: {m: {unit: u}}")
        conf = self.make_conf(
            collect={"collector": "openmetrics", "metrics_conf": str(path)},
            collector_openmetrics={"path": "/later"},
        )
        found = collector_loader.load(conf)
        self.assertIsInstance(found, collector.OpenMetricsCollector)
        self.assertEqual(["m"], [metric.key for metric in found.definitions])

    def test_warnings_of_the_definitions_are_logged(self):
        path = self.make_folder() / "metrics.yml"
        path.write_text("metrics: {m: {unit: u, groupby: [qty], mutate: MAP}}")
        conf = self.make_conf(
            collect={"collector": "openmetrics", "metrics_conf": str(path)},
            collector_openmetrics={"path": "/later"},
        )
        with self.assertLogs("cloudkitty.collector", "WARNING") as logs:
            collector_loader.load(conf)
        first, second = logs.output
        self.assertIn(f'path={path} error="metric m: groupby: qty: ', first)
        self.assertIn(
            f'path={path} error="metric m: mutate: MAP without', second
        )

    def test_fetcher(self):
        conf = self.make_conf(fetcher={"backend": "source"})
        self.assertIsInstance(fetcher_loader.load(conf), source.SourceFetcher)
