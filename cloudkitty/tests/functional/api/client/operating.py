# SPDX-License-Identifier: Apache-2.0
"""The commands about modules, collectors, metrics, scopes and tasks."""

import time

from cloudkitty.tests.functional.api import data

#: Seconds that a reset may take on a busy host.
PATIENCE = 60


def modules(test, shell) -> None:
    """Walk through ``module``."""
    listed = {row["Module"]: row for row in shell.show("module list")}
    test.assertLessEqual({"hashmap", "noop", "pyscripts"}, listed.keys())
    test.assertEqual(listed["hashmap"], shell.one("module get", "hashmap"))
    for command, value, changed in (
        ("module set priority", ["5"], {"Priority": 5}),
        ("module enable", [], {"Enabled": True}),
        ("module set priority", ["1"], {"Priority": 1}),
        ("module disable", [], {"Enabled": False}),
    ):
        got = shell.one(command, "hashmap", *value)
        test.assertEqual({**got, **changed}, got)
        test.assertEqual(got, shell.one("module get", "hashmap"))
    test.assertEqual(listed["hashmap"], got)
    shell.refuse("404", "module get", "nothing")


def collectors(test, shell) -> None:
    """Walk through the deprecated commands on collectors."""
    row = {"Service": "compute", "Collector": "gnocchi"}
    for command, *arguments in (
        ("collector-mapping create", "compute", "gnocchi"),
        ("collector-mapping get", "compute"),
        ("collector-mapping list",),
        ("collector-mapping list", "--collector", "gnocchi"),
    ):
        test.assertEqual(row, shell.one(command, *arguments))
    test.assertEqual(
        [], shell.show("collector-mapping list", "--collector", "other")
    )
    shell.text("collector-mapping delete", "compute")
    test.assertEqual([], shell.show("collector-mapping list"))
    for command, state in (
        ("collector enable", True),
        ("collector state get", True),
        ("collector disable", False),
        ("collector state get", False),
    ):
        test.assertEqual(
            {"Collector": "gnocchi", "State": state},
            shell.one(command, "gnocchi"),
        )


def information(test, shell) -> None:
    """Walk through ``info``; the metrics are those of the shipped file."""
    section = shell.one("info config get")
    test.assertEqual("metrics", section["Section"])
    test.assertIn("instance_up", section["Value"])
    listed = {row["Metric"]: row for row in shell.show("info metric list")}
    test.assertEqual({"instance", "volume.size"}, listed.keys())
    metric = shell.one("info metric get", "instance")
    test.assertEqual(listed["instance"], metric)
    test.assertEqual("instance", metric["Unit"])
    test.assertEqual(
        ["flavor", "instance_id", "project_id"], sorted(metric["Metadata"])
    )
    shell.refuse("404", "info metric get", "nothing")


def scopes(test, shell, project_id) -> None:
    """Walk through ``scope``.

    :param project_id: of the points of ``functional.api.data``.
    """
    scope = {
        "Scope ID": project_id,
        "Scope Key": "project_id",
        "Collector": "openmetrics",
        "Fetcher": "source",
        "State": _at(data.HOURS - 1),
    }
    test.assertIn(scope, shell.show("scope state get"))
    filters = ("--scope-id", project_id, "--scope-key", "project_id")
    more = ("--collector", "openmetrics", "--fetcher", "source")
    paging = ("--offset", "0", "--limit", "1")
    test.assertEqual(
        scope, shell.one("scope state get", *filters, *more, *paging)
    )
    # The client uses the returned object as the exit status.
    for active in ("False", "True"):
        told = shell.text(
            *("scope patch", "-id", project_id, "--active", active),
            *("--collector", "gnocchi"),
            status=1,
        )
        test.assertIn(f"'active': {active}", told)
    found = shell.one("scope state get", *filters)
    test.assertEqual({**scope, "Collector": "gnocchi"}, found)

    def state():
        return shell.one("scope state get", *filters)["State"]

    shell.text("scope state reset", "--scope-id", project_id, _at(2))
    wait_for(test, state, _at(1))
    shell.text(
        *("scope state reset", "--all-scopes", "--collector", "gnocchi"),
        _at(1),
    )
    wait_for(test, state, _at(0))
    shell.refuse("404", "scope state reset", "--scope-id", "nobody", _at(1))


def _at(hour: int) -> str:
    return (data.BEGIN + hour * data.HOUR).isoformat()


def wait_for(test, ask, answer) -> None:
    """Wait until a processor has executed the order.

    :param ask: returns the progress.
    :param answer: result of ``ask`` after the last step.
    """
    deadline = time.monotonic() + PATIENCE
    while (found := ask()) != answer:
        if time.monotonic() > deadline:
            test.fail(f"still {found!r}, not {answer!r}")
        time.sleep(0.1)


def tasks(test, shell, project_id) -> None:
    """Walk through ``tasks``.

    :param project_id: of the points of ``functional.api.data``.
    """
    window = (
        *("--start-reprocess-time", _at(0)),
        *("--end-reprocess-time", _at(1)),
    )
    create = ("tasks reprocessing create", "--scope-id", project_id, *window)
    test.assertEqual([], shell.show(*create, "--reason", "by the client"))
    task = {
        "Scope ID": project_id,
        "Reason": "by the client",
        "Start reprocessing time": _at(0).replace("T", " "),
        "End reprocessing time": _at(1).replace("T", " "),
        "Current reprocessing time": None,
    }
    test.assertIn(task, shell.show("tasks reprocessing get"))
    for order in ("ASC", "DESC"):
        listed = shell.one(
            *("tasks reprocessing get", "--scope-id", project_id),
            *("--offset", "0", "--limit", "1", "--order", order),
        )
        test.assertEqual(task, listed)
    shell.refuse("unfinished", *create, "--reason", "once more")
