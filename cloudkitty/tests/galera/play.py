# SPDX-License-Identifier: Apache-2.0
"""Plays one scenario and judges the result."""

import contextlib
import re
import time

from cloudkitty.tests.galera import cluster as ck_cluster
from cloudkitty.tests.galera import compare
from cloudkitty.tests.galera import running
from cloudkitty.tests.galera import scenarios
from cloudkitty.tests.galera import stage as ck_stage

#: Tasks that are done when the hosts are disturbed.
_TASKS_BEFORE = 6
#: Counted in the logs.
_COUNTED = {
    "claims lost": re.compile(r"task lost "),
    "put off": re.compile(r"task put off "),
    "error 1047": re.compile(r"\b1047\b"),
    "error 1180": re.compile(r"\b1180\b"),
}


def play(name: str, stage: ck_stage.Stage) -> bool:
    """Play a scenario, print its line, return whether all was right."""
    scenario = scenarios.ALL[name]
    if scenario.ahead and stage.clock_library is None:
        running.say(f"{name}: skipped, there is no C compiler (cc)")
        return True
    before = stage.cluster.conflicts()
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        place = stage.deploy(
            *(stack, f"ck_{name}"),
            by_name=scenario.by_name,
            ahead=scenario.ahead,
        )
        run = scenarios.Run(place, stage.cluster, stage.network, stack)
        scenario.accept(run)
        place.start()
        place.wait_until_at_work(ck_stage.PATIENCE_SECONDS, _TASKS_BEFORE)
        scenario.disturb(run)
        run.wait_until_done()
        stage.cluster.wait_for_all()
        place.end()
        seconds = time.monotonic() - began
        found = _judge(run, stage.truth)
        run.figures.append(f"claims taken over {place.takeovers()}")
        run.figures += _conflicts(before, stage.cluster.conflicts())
        run.figures += _counts(place.logs())
    wrong = sum(one.count for one in found)
    running.say(
        f"{name}: {scenario.says}: {seconds:.0f} s, {len(place.tasks())} "
        f"tasks, {len(found)} x {len(stage.truth)} rows, {wrong} differences"
        f"; {', '.join(run.figures)}"
    )
    for one in found:
        run.faults += one.lines()
    for fault in run.faults:
        running.say(f"  FAULT {fault}")
    return not wrong and not run.faults


def _judge(
    run: scenarios.Run, truth: list[compare.Row]
) -> list[compare.Differences]:
    if left := run.place.left():
        run.faults.append(f"not done: {left}")
    return [
        compare.differences(truth, compare.read(database.engine))
        for database in run.place.databases
    ]


def _conflicts(before: list[int], after: list[int]) -> list[str]:
    # A node that was restarted counts from 0.
    return [
        f"{name.removeprefix('wsrep_local_')} {max(0, now - then)}"
        for name, then, now in zip(
            ck_cluster.CONFLICTS, before, after, strict=True
        )
    ]


def _counts(logs: str) -> list[str]:
    return [
        f"{name} {len(found)}"
        for name, pattern in _COUNTED.items()
        if (found := pattern.findall(logs))
    ]
