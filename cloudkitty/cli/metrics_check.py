# SPDX-License-Identifier: Apache-2.0
"""Check the metrics file and its expressions for the upgrade check."""

import typing

from oslo_config import cfg

from cloudkitty.collector import base
from cloudkitty.collector import definitions
from cloudkitty.collector import loader
from cloudkitty.collector import metrics
from cloudkitty.collector import yaml_file
from cloudkitty.common import exceptions
from cloudkitty.rating import skip


def check(conf: cfg.ConfigOpts) -> tuple[list[str], list[str]]:
    """Return the errors and the warnings of the metrics file.

    The processor stops at the first error. This function returns the errors
    of all metrics, so that one run shows all required changes.
    """
    found = _Findings(conf)
    found.check()
    return found.refusals, found.warnings


class _Findings:
    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.refusals: list[str] = []
        self.warnings: list[str] = []
        self._conf = conf
        self._path: str = conf.collect.metrics_conf
        self._collector: type[base.Collector] | None = None

    def check(self) -> None:
        try:
            skip.compile_skips(self._conf, [])
        except exceptions.InvalidConfiguration as error:
            self.refusals.append(str(error))
        try:
            self._collector = loader.load_class(self._conf)
        except exceptions.InvalidConfiguration as error:
            self.refusals.append(str(error))
        try:
            content = yaml_file.read(self._path, definitions.OPTION)
        except exceptions.InvalidConfiguration as error:
            self.refusals.append(str(error))
            return
        for part in _parts(content):
            self._check_part(part)
        # Two metrics may conflict with each other.
        self._check_part(content)

    def _check_part(self, content: typing.Any) -> None:
        collector = self._collector
        try:
            parsed = definitions.parse(
                content,
                self._conf.collect.scope_key,
                collector.extra_args
                if collector
                else definitions.ANY_EXTRA_ARGS,
            )
            for metric in parsed:
                self._warn(metric)
                skip.check(metric)
            if collector:
                collector(self._conf, parsed)
        except exceptions.InvalidConfiguration as error:
            self._add(self.refusals, str(error))

    def _warn(self, metric: metrics.Metric) -> None:
        for warning in metric.warnings:
            self._add(self.warnings, warning)

    def _add(self, texts: list[str], text: str) -> None:
        text = f"{self._path}: {text}"
        if text not in texts:
            texts.append(text)


def _parts(content: typing.Any) -> list[typing.Any]:
    """Split the content into files of one metric each, if it has metrics."""
    named = content.get("metrics") if isinstance(content, dict) else None
    if not isinstance(named, dict) or len(content) != 1 or not named:
        return [content]
    return [{"metrics": {name: body}} for name, body in named.items()]
