# SPDX-License-Identifier: Apache-2.0
"""The released upstream, driven from outside.

It looks for work once a period, an hour here, so the work is there before it
starts. That it has begun shows with the first period that is done: clocks run
from there, and what was done by then does not count.
"""

import collections.abc
import datetime
import pathlib
import time

from benchmarks import deployments
from benchmarks import processes
from benchmarks import sampling
from benchmarks import settings as ck_settings
from benchmarks import world as ck_world

#: Seconds between two looks at how far it is.
_POLL = 0.1
#: Seconds without any progress after which a run is given up.
_PATIENCE = 300

_PASTE = """\
[composite:cloudkitty+noauth]
use = egg:Paste#urlmap
/: api+noauth
[pipeline:api+noauth]
pipeline = cors http_proxy_to_wsgi request_id ck_api
[app:ck_api]
paste.app_factory = cloudkitty.api.app:app_factory
[filter:request_id]
paste.filter_factory = oslo_middleware:RequestId.factory
[filter:cors]
paste.filter_factory = oslo_middleware.cors:filter_factory
oslo_config_project = cloudkitty
[filter:http_proxy_to_wsgi]
paste.filter_factory = \
oslo_middleware.http_proxy_to_wsgi:HTTPProxyToWSGI.factory
oslo_config_project = cloudkitty
"""

_STORAGE = """\
[storage]
version = 2
backend = influxdb
[storage_influxdb]
host = 127.0.0.1
port = {port}
database = {database}
username = ck
password = ck
retention_policy = autogen
"""

#: Periods done of each part of the job.
_Progress = collections.abc.Callable[[], int]


class Upstream(deployments.Deployment):
    """Upstream with MariaDB, and InfluxDB 1.x for the rated points."""

    paste = _PASTE

    def __init__(self, world: ck_world.World, venv: pathlib.Path) -> None:
        super().__init__(world, "upstream", venv)

    @property
    def more_configuration(self) -> str:  # type: ignore[override]
        if self.world.proxy is None:
            raise ValueError("there is no InfluxDB")
        return _STORAGE.format(
            port=self.world.proxy.port, database=self.database
        )

    def empty(self) -> None:
        super().empty()
        if self.world.influx:
            self.world.influx.make_empty(self.database)

    def set_up(self) -> None:
        first = self.shape.begin - ck_settings.PERIOD
        for scope_id in self.shape.scope_ids:
            self.api.call(
                "POST",
                "/v2/scope",
                {
                    "scope_id": scope_id,
                    "scope_key": "project_id",
                    "fetcher": "source",
                    "collector": "prometheus",
                    "active": True,
                    "last_processed_timestamp": ck_settings.wire_time(first),
                },
            )
        self._set_prices()

    def _set_prices(self) -> None:
        post = self.api.call
        post(
            "PUT",
            "/v1/rating/modules/hashmap",
            {"module_id": "hashmap", "enabled": True},
        )
        base = "/v1/rating/module_config/hashmap"
        start = deployments.PRICED_FROM.strftime("%Y-%m-%dT%H:%M:%S")
        rule = {"type": "flat", "start": start}
        service = post("POST", f"{base}/services", {"name": "instance_up"})
        field = post(
            "POST",
            f"{base}/fields",
            {"service_id": service["service_id"], "name": "flavor"},
        )
        for flavor, price in deployments.FLAVOR_PRICES.items():
            post(
                "POST",
                # It asks to be sure about a begin in the past.
                f"{base}/mappings?force=true",
                {
                    **rule,
                    "field_id": field["field_id"],
                    "value": flavor,
                    "cost": price,
                    "name": flavor,
                },
            )
        service = post("POST", f"{base}/services", {"name": "volume_size_gb"})
        post(
            "POST",
            f"{base}/mappings?force=true",
            {
                **rule,
                "service_id": service["service_id"],
                "cost": deployments.VOLUME_PRICE,
                "name": "volume",
            },
        )

    def rate(self, workers: int) -> deployments.Work:
        before = self.world.counters()
        running = self.start_processor(workers=workers)
        total = self.shape.scopes * self.shape.periods
        return self._measure(running, self._rated, total, before)

    def reprocess(
        self,
        scope_ids: list[str],
        window: deployments.Window,
        workers: int,
    ) -> deployments.Work:
        last = self.query(f"SELECT COALESCE(MAX(id), 0) FROM {_TASKS}")[0][0]
        self.post_reprocess(scope_ids, window)

        def redone() -> int:
            return self._redone(last)

        before = self.world.counters()
        running = self.start_processor(reprocessing=workers)
        total = len(scope_ids) * window.periods
        return self._measure(running, redone, total, before)

    def _rated(self) -> int:
        return self._count_periods(
            "SELECT identifier, last_processed_timestamp "
            f"FROM {deployments.STATES}",
            self.shape.begin,
        )

    def _redone(self, after: int) -> int:
        begin = self.query(
            f"SELECT MIN(start_reprocess_time) FROM {_TASKS} "
            f"WHERE id > {after}"
        )[0][0]
        return self._count_periods(
            f"SELECT id, current_reprocess_time FROM {_TASKS} "
            f"WHERE id > {after}",
            begin.replace(tzinfo=datetime.UTC),
        )

    def _count_periods(self, statement: str, begin: datetime.datetime) -> int:
        return sum(
            max(
                0,
                (at.replace(tzinfo=datetime.UTC) - begin) // ck_settings.PERIOD
                + 1,
            )
            for _, at in self.query(statement)
            if at is not None
        )

    def _measure(
        self,
        running: tuple[processes.Process, sampling.Sampler],
        progress: _Progress,
        total: int,
        before: ck_world.Counters,
    ) -> deployments.Work:
        processor, sampler = running
        done = changed = 0
        begin = 0.0
        at_begin = 0
        changed_at = time.time()
        while done < total:
            time.sleep(_POLL)
            done = progress()
            now = time.time()
            if done != changed:
                changed, changed_at = done, now
            if done and not begin:
                begin, at_begin = now, done
            if now - changed_at > _PATIENCE:
                raise processes.Failed(f"upstream stands at {done} of {total}")
            self._check(processor)
        end = changed_at
        memory = sampler.look_at_memory()
        sampler.stop()
        servers = self.world.counters().since(before)
        self.stop_processor()
        return deployments.Work(
            points=(total - at_begin) * self.shape.points_per_period,
            share=(total - at_begin) / total,
            begin=begin,
            end=end,
            cpu=sampler.cpu_between(begin, end),
            servers=servers,
            memory=memory,
        )

    @staticmethod
    def _check(processor: processes.Process) -> None:
        """Give up at the first error: it would sleep for an hour."""
        processor.check()
        text = processor.log.read_text(errors="replace")
        errors = [line for line in text.splitlines() if " ERROR " in line]
        if errors:
            raise processes.Failed(f"upstream: {errors[0]} ... {errors[-1]}")


_TASKS = deployments.TASKS
