# SPDX-License-Identifier: Apache-2.0
"""Plugins that cannot be loaded are named, with what there is instead."""

from cloudkitty.collector import base as collector_base
from cloudkitty.collector import loader as collector_loader
from cloudkitty.collector import openmetrics
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
            collector_loader.NAMESPACE, "gnocchi", collector_base.Collector
        )
        self.assertIn("available: openmetrics, prometheus", text)

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
        self.assertIsInstance(found, openmetrics.OpenMetricsCollector)
        self.assertEqual(["m"], [metric.key for metric in found.definitions])

    def test_fetcher(self):
        conf = self.make_conf(fetcher={"backend": "source"})
        self.assertIsInstance(fetcher_loader.load(conf), source.SourceFetcher)
