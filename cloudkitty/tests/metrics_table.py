# SPDX-License-Identifier: Apache-2.0
"""The table of metrics of the documentation: ``admin/metrics.csv``.

After a change of the metrics, write it again::

    python -m cloudkitty.tests.metrics_table > doc/source/admin/metrics.csv
"""

import csv
import io
import sys

from cloudkitty.orchestrator import exporter
from cloudkitty.orchestrator import gauges as ck_gauges
from cloudkitty.orchestrator import series


class _Gauges:
    """Gauges with values that do not come from a database."""

    def read(self):
        return ck_gauges.Values(
            tasks={"scheduled": 0},
            single={
                name: 0.0
                for name in ck_gauges.HELP
                if name not in (ck_gauges.TASKS, ck_gauges.DATABASE_UP)
            },
        )


def families():
    """Return the metrics as they are exported."""
    return list(exporter.Collector(series.Table(1), _Gauges()).collect())


def text() -> str:
    """Return the table, with a line for each metric."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    for family in families():
        suffix = "_total" if family.type == "counter" else ""
        labels = dict.fromkeys(
            label
            for sample in family.samples
            for label in sample.labels
            if label != "le"
        )
        table.writerow(
            [
                f"``{family.name}{suffix}``",
                family.type,
                ", ".join(f"``{label}``" for label in labels),
                family.documentation,
            ]
        )
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.write(text())
