# SPDX-License-Identifier: Apache-2.0
"""All servers of one run, and what they count."""

import collections.abc
import contextlib
import dataclasses
import fcntl
import typing

from benchmarks import dataset
from benchmarks import influx_proxy
from benchmarks import processes
from benchmarks import servers
from benchmarks import settings as ck_settings


@dataclasses.dataclass(frozen=True, kw_only=True)
class Counters:
    """What the servers have done so far, or in between.

    :param statements: that the clients of MariaDB have sent.
    :param queries: that Prometheus has answered.
    :param cpu_database: seconds of MariaDB and InfluxDB.
    :param cpu_prometheus: seconds.
    """

    statements: int
    queries: int
    cpu_database: float
    cpu_prometheus: float

    def since(self, before: "Counters") -> "Counters":
        """Return the difference."""
        return Counters(
            **{
                field.name: getattr(self, field.name)
                - getattr(before, field.name)
                for field in dataclasses.fields(self)
            }
        )


@contextlib.contextmanager
def _alone(settings: ck_settings.Settings) -> collections.abc.Iterator[None]:
    """Hold the scratch folder: two runs would delete each other's data.

    :raises processes.Failed: if another run holds it.
    """
    with (settings.folder() / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise processes.Failed(
                f"another run works in {settings.scratch}: wait for its end "
                "or name another folder with --scratch"
            ) from None
        yield


class World:
    """MariaDB, Prometheus, and InfluxDB behind the proxy for upstream.

    A context manager that ends them all. The Prometheus changes with the
    data set (``use``).
    """

    prometheus: servers.Prometheus

    def __init__(self, settings: ck_settings.Settings) -> None:
        self.settings = settings
        self.shape: dataset.Shape | None = None
        self._all = contextlib.ExitStack()
        self._served = contextlib.ExitStack()
        self.influx: servers.InfluxDB | None = None
        self.proxy: influx_proxy.Proxy | None = None

    def __enter__(self) -> typing.Self:
        with contextlib.ExitStack() as stack:
            stack.enter_context(_alone(self.settings))
            stack.push(self._served)
            self.mariadb = stack.enter_context(servers.MariaDB(self.settings))
            if self.settings.upstream:
                self.influx = stack.enter_context(
                    servers.InfluxDB(self.settings)
                )
                self.proxy = stack.enter_context(
                    influx_proxy.Proxy(self.influx.port)
                )
            self._all = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._all.close()

    def on_exit(self, callback: typing.Callable[[], None]) -> None:
        """Have something ended before the servers are."""
        self._all.callback(callback)

    def use(self, shape: dataset.Shape) -> None:
        """Serve another data set."""
        if shape == self.shape:
            return
        self._served.close()
        blocks = dataset.prepare(self.settings, shape)
        self.prometheus = self._served.enter_context(
            servers.Prometheus(self.settings, blocks)
        )
        self.shape = shape

    def counters(self) -> Counters:
        """Return what the servers have done so far."""
        database = self.mariadb.cpu_seconds()
        if self.influx:
            database += self.influx.cpu_seconds()
        return Counters(
            statements=self.mariadb.questions(),
            cpu_prometheus=self.prometheus.cpu_seconds(),
            queries=self.prometheus.queries(),
            cpu_database=database,
        )
