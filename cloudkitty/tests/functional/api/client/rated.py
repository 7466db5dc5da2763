# SPDX-License-Identifier: Apache-2.0
"""The commands that show, sum up and add rated points."""

import csv
import json

from cloudkitty.tests.functional.api import data

DAY = ("-b", "2026-11-01T00:00:00", "-e", "2026-11-02T00:00:00")
#: What ``functional.api.data`` has of a project: price an hour by metric.
PRICES = {"instance": 0.5, "volume": 0.1}
TOTAL = round(sum(PRICES.values()) * data.HOURS, 5)
INSTANCES = PRICES["instance"] * data.HOURS


def tenants(test, shell, project_id) -> None:
    """List the projects that have points."""
    listed = shell.show("report tenant list", *DAY)
    test.assertIn({"Tenant ID": project_id}, listed)
    # The month of now.
    shell.show("report tenant list")


def reports(test, shell, project_id) -> None:
    """Walk through the reports of version 1."""
    own = ("-t", project_id, *DAY)
    for arguments, rows in (
        (own, {("ALL", "ALL"): TOTAL}),
        ((*own, "-s", "instance"), {("ALL", "ALL"): INSTANCES}),
        (
            (*own, "-g", "tenant_id", "res_type"),
            {
                (project_id, metric): round(price * data.HOURS, 5)
                for metric, price in PRICES.items()
            },
        ),
    ):
        listed = shell.show("summary get", *arguments)
        test.assertEqual(
            rows,
            {
                (row["Tenant ID"], row["Resource Type"]): float(row["Rate"])
                for row in listed
            },
            arguments,
        )
        total = shell.show("total get", *arguments)
        test.assertEqual({"Total": round(sum(rows.values()), 5)}, total)
    grouped = shell.show("summary get", *DAY, "-a", "-g", "tenant_id")
    test.assertIn(project_id, [row["Tenant ID"] for row in grouped])
    # One's own, in the month of now.
    shell.one("summary get")
    shell.show("total get")


def points_1(test, shell, project_id) -> None:
    """List points with version 1, as rows and as a report."""
    listed = shell.show(
        "dataframes get", *DAY, "-p", project_id, "-r", "instance"
    )
    test.assertEqual(data.HOURS, len(listed))
    first = listed[0]
    test.assertEqual(
        (project_id, "2026-11-01T00:00:00", "2026-11-01T01:00:00"),
        (first["Project ID"], first["Begin"], first["End"]),
    )
    (resource,) = first["Resources"]
    test.assertEqual(
        ("instance", "1", "0.5", "0.5000", "small"),
        (
            *(resource[key] for key in ("service", "volume", "rating")),
            *(resource["rate_value"], resource["desc"]["flavor"]),
        ),
    )
    report = shell.text(
        *("dataframes get", *DAY, "-p", project_id, "-f", "df-to-csv")
    )
    rows = list(csv.DictReader(report.splitlines()))
    test.assertEqual(data.HOURS * len(PRICES), len(rows))
    test.assertEqual(TOTAL, round(sum(float(row["Cost"]) for row in rows), 5))
    test.assertEqual({project_id}, {row["Project ID"] for row in rows})


def summary(test, shell, project_id) -> None:
    """Sum up with version 2."""
    own = (*DAY, "--filter", f"project_id:{project_id}")
    row = shell.one("summary get", *own)
    test.assertEqual(
        ("2026-11-01T00:00:00+00:00", "2026-11-02T00:00:00+00:00", TOTAL),
        (row["Begin"], row["End"], round(row["Rate"], 5)),
    )
    grouped = shell.one(
        *("summary get", *own, "--filter", "type:instance"),
        *("-g", "type", "-g", "time-d", "--limit", "1"),
    )
    test.assertEqual(
        ("instance", "305", INSTANCES),
        (grouped["Type"], grouped["Day of the year"], grouped["Rate"]),
    )
    for time in ("time-w", "time-m", "time-y"):
        shell.one("summary get", *own, "-g", time)
    test.assertEqual([], shell.show("summary get", *own, "--offset", "1"))
    # The month of now.
    shell.show("summary get")


def points_2(test, shell, project_id) -> None:
    """List and add points with version 2."""
    own = (*DAY, "--filter", f"project_id:{project_id}")
    listed = shell.show("dataframes get", *own, "--filter", "type:instance")
    test.assertEqual(data.HOURS, len(listed))
    first = listed[0]
    test.assertEqual(
        ("2026-11-01T00:00:00+00:00", "instance", 1.0, 0.5, "unit"),
        tuple(
            first[key]
            for key in ("Begin", "Metric Type", "Quantity", "Price", "Unit")
        ),
    )
    test.assertIn('flavor="small"', first["Group By"])
    page = shell.show(
        *("dataframes get", *own, "--filter", "type:instance"),
        *("--offset", "1", "--limit", "1"),
    )
    test.assertEqual(listed[1:2], page)
    # The client makes a report of version 1's points only.
    shell.refuse("item assignment", "dataframes get", *own, "-f", "df-to-csv")

    file = test.make_folder() / "points.json"
    file.write_text(json.dumps({"dataframes": [_frame(project_id)]}))
    shell.text("dataframes add", str(file))
    added = shell.one("dataframes get", *own, "--filter", "type:added")
    test.assertEqual(
        ("2026-11-01T10:00:00+00:00", 2.0, 3.25, 'flavor="m1"'),
        tuple(
            added[key] for key in ("Begin", "Quantity", "Price", "Metadata")
        ),
    )


def readers(test, shell, project_id, other_id) -> None:
    """Read the rating of the user's own project, and of no other.

    :param project_id: the user's own project.
    """
    shell.show("info metric list")
    row = shell.one("summary get", *DAY)
    test.assertEqual(TOTAL, round(float(row["Rate"]), 5))
    frames = shell.show("dataframes get", *DAY)
    test.assertEqual(data.HOURS * len(PRICES), len(frames))
    test.assertIn(project_id, json.dumps(frames))
    others = ("--filter", f"project_id:{other_id}")
    if shell.version == "1":
        test.assertEqual({"Total": TOTAL}, shell.show("total get", *DAY))
        shell.refuse("403", "summary get", *DAY, "-a")
        others = ("-t", other_id)
    shell.refuse("403", "summary get", *DAY, *others)
    for command in ("module list", "report tenant list", "pyscript list"):
        shell.refuse("403", command)


def _frame(project_id: str) -> dict[str, object]:
    return {
        "period": {
            "begin": "2026-11-01T10:00:00+00:00",
            "end": "2026-11-01T11:00:00+00:00",
        },
        "usage": {
            "added": [
                {
                    "vol": {"unit": "GiB", "qty": 2},
                    "rating": {"price": 3.25},
                    "groupby": {"project_id": project_id},
                    "metadata": {"flavor": "m1"},
                }
            ]
        },
    }
