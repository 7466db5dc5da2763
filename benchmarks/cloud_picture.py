# SPDX-License-Identifier: Apache-2.0
"""Time against scopes as one picture; needs matplotlib."""

import pathlib
import typing

from benchmarks import cloud_plan
from benchmarks import cloud_report
from benchmarks import report

_JOBS = (cloud_plan.TICK, cloud_plan.LOOK, "ALL", "one scope")
_STYLES = ("-", "--", "-.", ":")


def draw(rows: list[dict[str, typing.Any]], file: pathlib.Path) -> None:
    """Write the picture: CPU seconds of the worker, the floor dotted.

    :param rows: results of one database.
    """
    import matplotlib

    matplotlib.use("svg")
    # The same figures give the same file.
    matplotlib.rcParams["svg.hashsalt"] = "benchmarks"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(10, 7))
    jobs = report.names(rows, "job")
    for wanted, plot in zip(_JOBS, axes.flat, strict=True):
        for job in jobs:
            if job == wanted or job.startswith(f"{wanted}, "):
                _draw_job(plot, rows, job)
        plot.set_title(wanted, fontsize="medium")
        plot.set_xlabel("scopes")
        plot.set_ylabel("CPU s, worker")
        plot.set_xscale("log")
        plot.set_yscale("log")
        plot.grid(True, alpha=0.3)
        if plot.lines:
            plot.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def _draw_job(plot: typing.Any, rows: report.Rows, job: str) -> None:
    sides = report.names(rows, "side")
    for side, style in zip(sides, _STYLES, strict=False):
        points = cloud_report.medians(rows, job, side, "cpu")
        if points:
            plot.plot(
                *zip(*points, strict=True),
                style,
                marker="o",
                label=f"{job}, {side}",
            )
    limit = cloud_report.medians(rows, job, sides[0], "floor_cpu")
    if limit:
        plot.plot(
            *zip(*limit, strict=True), ":", color="grey", label=f"{job}, floor"
        )
