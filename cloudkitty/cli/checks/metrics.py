# SPDX-License-Identifier: Apache-2.0
"""Check of the collector, the metrics file and its expressions."""

import typing

from oslo_config import cfg

from cloudkitty.cli.checks import context as ck_context
from cloudkitty.cli.checks import findings as ck_findings
from cloudkitty.collector import base
from cloudkitty.collector import definitions
from cloudkitty.collector import loader
from cloudkitty.collector import metrics
from cloudkitty.collector import yaml_file
from cloudkitty.common import exceptions
from cloudkitty.rating import skip


def check(context: ck_context.Context, found: ck_findings.Findings) -> None:
    """Find the errors and the warnings of the metrics file.

    The processor stops at the first error. This function finds the errors of
    all metrics, so that one run shows all required changes.
    """
    file = _File(context.conf)
    file.check()
    if file.refusals:
        found.failure("The processor will not start: " + file.refusals[0])
    for text in file.refusals[1:]:
        found.failure(text)
    for text in file.warnings:
        found.warning(text)


class _File:
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
