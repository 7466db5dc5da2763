# SPDX-License-Identifier: Apache-2.0
"""Usage of one project in three hours, and its rated quantities.

The metrics are those of the samples ``etc/cloudkitty/metrics.yml``
and ``metrics.prometheus.yml``.
"""

import datetime
import decimal

from cloudkitty.common import periods
from cloudkitty.tests import prometheus

HOUR = 3600
HOURS = 3
_MIB = 1048576
_GIB = 1073741824

#: Metric: (resource type, its attributes, values of the hours, rated
#: quantities of the hours). The attributes are Ceilometer's, which has no
#: vcpus in the type instance and no state in the type network.
GNOCCHI = {
    "cpu": (
        "instance",
        {"flavor_name": "m1.small", "flavor_id": "42", "display_name": "a"},
        (8.5e10, 9.5e10, 1.1e11),
        ("1", "1", "1"),
    ),
    "image.size": (
        "image",
        {"container_format": "bare", "disk_format": "qcow2"},
        (3 * _MIB, 3.5 * _MIB, 4 * _MIB),
        ("3", "3.5", "4"),
    ),
    "volume.size": (
        "volume",
        {"volume_type": "ssd", "display_name": "b"},
        (10, 10, 20),
        ("10", "10", "20"),
    ),
    "network.outgoing.bytes.rate": (
        "instance_network_interface",
        {"instance_id": "a"},
        (5000, 2500, 0),
        ("18", "9", "0"),
    ),
    "network.incoming.bytes.rate": (
        "instance_network_interface",
        {"instance_id": "a"},
        (1000, 1500, 2000),
        ("3.6", "5.4", "7.2"),
    ),
    "ip.floating": ("network", {}, (1, 1, 1), ("1", "1", "1")),
    "radosgw.objects.size": (
        "ceph_account",
        {},
        (7 * _GIB, 7.25 * _GIB, 7.5 * _GIB),
        ("7", "7.25", "7.5"),
    ),
}
#: Metric: the same without a resource type.
PROMETHEUS = {
    "instance_up": (
        {"instance_id": "a", "flavor": "m1.small"},
        (1, 1, 5),
        ("1", "1", "1"),
    ),
    "volume_size_gb": ({"volume_id": "b"}, (10, 10, 20), ("10", "10", "20")),
}
#: Names in rated data that differ from those of the metrics.
_NAMES = {
    "cpu": "instance",
    "instance_up": "instance",
    "volume_size_gb": "volume.size",
}


def window(now: datetime.datetime) -> periods.Window:
    """Return the three newest hours that are due."""
    end = periods.floor(now, HOUR) - datetime.timedelta(seconds=HOUR)
    return periods.Window(end - datetime.timedelta(hours=HOURS), end)


def quantities(collector: str) -> dict[str, list[decimal.Decimal]]:
    """Return the quantities of the hours by their names in rated data."""
    source = GNOCCHI if collector == "gnocchi" else PROMETHEUS
    return {
        _NAMES.get(metric, metric): [decimal.Decimal(qty) for qty in row[-1]]
        for metric, row in source.items()
    }


def fill_gnocchi(server, project_id: str, around: periods.Window) -> None:
    """Add the resources and their measures, two in each hour."""
    types: dict[str, set[str]] = {}
    for resource_type, attributes, _, _ in GNOCCHI.values():
        types.setdefault(resource_type, set()).update(attributes)
    for name, attributes in types.items():
        server.make_type(name, *attributes)
    made = {}
    begin = around.begin.timestamp()
    for metric, (name, attributes, values, _) in GNOCCHI.items():
        if name not in made:
            metrics = [key for key, row in GNOCCHI.items() if row[0] == name]
            made[name] = server.add(
                name, f"one {name}", project_id, metrics, **attributes
            )
            # Otherwise it has no usage before now.
            server.set_revisions(made[name], "2026-01-01 00:00:00")
        server.measure(
            name,
            made[name],
            metric,
            [
                (begin + hour * HOUR + offset, value)
                for hour, value in enumerate(values)
                for offset in (600, 2400)
            ],
        )
    server.process()
    server.stop_metricd()


def openmetrics(project_id: str, around: periods.Window) -> str:
    """Return the samples for Prometheus: one in each hour."""
    begin = around.begin.timestamp()
    return prometheus.openmetrics_text(
        prometheus.Series(
            metric,
            {"project_id": project_id, **labels},
            [
                (begin + hour * HOUR + 1800, value)
                for hour, value in enumerate(values)
            ],
        )
        for metric, (labels, values, _) in PROMETHEUS.items()
    )
