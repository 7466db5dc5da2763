# SPDX-License-Identifier: Apache-2.0
"""The demo's cloud: two projects, their usage of three days, its prices."""

import collections.abc
import datetime
import decimal
import pathlib

DAYS = 3
HOUR = datetime.timedelta(hours=1)
PROJECTS = ("project-blue", "project-green")
#: How many periods the three days have, all projects together.
PERIODS = DAYS * 24 * len(PROJECTS)

_METRICS = """\
metrics:
  vm_running:
    alt_name: instance
    unit: instance
    groupby: [id]
    metadata: [flavor]
  volume_size_gib:
    alt_name: volume.size
    unit: GiB
    groupby: [id]
    metadata: [volume_type]
"""

#: What one hour of an instance is to cost, by flavor.
INSTANCE_PRICES = {"small": "0.05", "large": "0.40"}
#: The slip of the pen: ten times too much.
WRONG_LARGE = "4.00"
#: What one GiB costs an hour.
VOLUME_PRICE = "0.0002"

# (metric, labels beside the project, quantity, hours of the day it exists)
_ALWAYS = range(24)
_OFFICE = range(8, 18)
_USAGE = {
    "project-blue": (
        ("vm_running", {"id": "web-1", "flavor": "small"}, 1, _ALWAYS),
        ("vm_running", {"id": "db-1", "flavor": "large"}, 1, _ALWAYS),
        ("volume_size_gib", {"id": "db", "volume_type": "ssd"}, 500, _ALWAYS),
    ),
    "project-green": (
        ("vm_running", {"id": "dev-1", "flavor": "small"}, 1, _OFFICE),
        ("vm_running", {"id": "ci-1", "flavor": "large"}, 1, _OFFICE),
        ("volume_size_gib", {"id": "home", "volume_type": "hdd"}, 80, _ALWAYS),
    ),
}


def window(now: datetime.datetime) -> tuple[datetime.datetime, ...]:
    """Return begin and end of the last three full days, aware UTC.

    :param now: aware UTC. The last period of the last day is at least one
        hour old, so that the processor rates it at once.
    """
    end = (now - 2 * HOUR).replace(hour=0, minute=0, second=0, microsecond=0)
    return end - DAYS * 24 * HOUR, end


def expected_totals() -> dict[str, decimal.Decimal]:
    """Return what each project is to pay, by hand and not by CloudKitty."""
    return {
        project: sum(
            (
                _price(labels) * quantity * len(hours) * DAYS
                for _, labels, quantity, hours in usage
            ),
            decimal.Decimal(0),
        )
        for project, usage in _USAGE.items()
    }


def _price(labels: dict[str, str]) -> decimal.Decimal:
    flavor = labels.get("flavor")
    return decimal.Decimal(INSTANCE_PRICES[flavor] if flavor else VOLUME_PRICE)


def write_metrics(path: pathlib.Path) -> None:
    """Write the definitions of the metrics to rate."""
    path.write_text(_METRICS, encoding="utf-8")


def write_usage(path: pathlib.Path, begin: datetime.datetime) -> None:
    """Write the samples of three days, four an hour, as OpenMetrics."""
    lines = []
    for metric in ("vm_running", "volume_size_gib"):
        lines.append(f"# TYPE {metric} gauge")
        lines.extend(_samples(metric, begin))
    path.write_text("\n".join([*lines, "# EOF", ""]), encoding="utf-8")


def _samples(
    metric: str, begin: datetime.datetime
) -> collections.abc.Iterator[str]:
    for project, usage in _USAGE.items():
        for name, labels, quantity, hours in usage:
            if name != metric:
                continue
            text = ",".join(
                f'{key}="{value}"'
                for key, value in {"project_id": project, **labels}.items()
            )
            for at in _times(begin, hours):
                yield f"{metric}{{{text}}} {quantity} {int(at.timestamp())}"


def _times(
    begin: datetime.datetime, hours: collections.abc.Container[int]
) -> collections.abc.Iterator[datetime.datetime]:
    for hour in range(DAYS * 24):
        if hour % 24 in hours:
            for minute in (5, 20, 35, 50):
                yield begin + datetime.timedelta(hours=hour, minutes=minute)
