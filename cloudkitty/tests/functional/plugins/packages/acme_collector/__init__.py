# SPDX-License-Identifier: Apache-2.0
"""A collector: the quantity of a period is computed from its start."""

import voluptuous
from oslo_config import cfg
from oslo_log import log

from cloudkitty import collector
from cloudkitty import utils
from cloudkitty.collector import exceptions

LOG = log.getLogger(__name__)

CONF = cfg.CONF
CONF.register_opts(
    [
        cfg.FloatOpt("base", default=0.0),
        cfg.StrOpt("broken_scope", default=""),
    ],
    "collector_acme",
)

EXTRA = {
    voluptuous.Required("extra_args"): {
        voluptuous.Required("step"): int,
        voluptuous.Required("silent_hours", default=list): [int],
    }
}


class AcmeCollector(collector.BaseCollector):
    collector_name = "acme"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = 0

    @staticmethod
    def check_configuration(conf):
        conf = collector.BaseCollector.check_configuration(conf)
        schema = voluptuous.Schema(collector.METRIC_BASE_SCHEMA).extend(EXTRA)
        return {name: schema(metric) for name, metric in conf.items()}

    def fetch_all(
        self, metric_name, start, end, project_id=None, q_filter=None
    ):
        metric = self.conf[metric_name]
        extra = metric["extra_args"]
        self.calls += 1
        if project_id == CONF.collector_acme.broken_scope:
            raise exceptions.CollectError("acme: the scope is broken")
        if start.hour in extra["silent_hours"]:
            return []
        assert (end - start).total_seconds() == CONF.collect.period
        qty = utils.convert_unit(
            CONF.collector_acme.base + start.hour * extra["step"],
            metric["factor"],
            metric["offset"],
        )
        groupby = {name: "x" for name in metric["groupby"]}
        groupby[CONF.collect.scope_key] = project_id
        return [
            self._create_data_point(
                metric,
                utils.mutate(qty, metric["mutate"]),
                0,
                groupby,
                {name: "y" for name in metric["metadata"]},
                start,
            )
        ]
