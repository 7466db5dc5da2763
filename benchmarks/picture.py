# SPDX-License-Identifier: Apache-2.0
"""The curves of growth as one picture; needs matplotlib."""

import pathlib
import typing

#: What each plot shows: its curves, and the names of its axes.
_PLOTS = (
    (("periods",), "periods of one scope", "s"),
    (("scopes",), "scopes of 72 periods", "s"),
    (("points a period",), "points a period, 168 periods", "s"),
    (
        (
            "old tasks: a task of one period",
            "old tasks: the newest 100",
            "old tasks: the oldest 100",
        ),
        "tasks that are done",
        "ms",
    ),
)
_STYLES = {"ours-mysql": "-", "ours-sqlite": "--"}


def draw(rows: list[dict[str, typing.Any]], file: pathlib.Path) -> None:
    """Write the picture; its suffix says of what kind it is."""
    import matplotlib

    matplotlib.use("svg")
    # The same figures give the same file.
    matplotlib.rcParams["svg.hashsalt"] = "benchmarks"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(10, 7))
    for (curves, label, unit), plot in zip(_PLOTS, axes.flat, strict=True):
        for curve in curves:
            _draw_curve(plot, rows, curve, many=len(curves) > 1)
        plot.set_xlabel(label)
        plot.set_ylabel(unit)
        plot.set_ylim(bottom=0)
        if len(curves) > 1:
            plot.set_xscale("log")
        plot.grid(True, alpha=0.3)
        plot.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def _draw_curve(
    plot: typing.Any,
    rows: list[dict[str, typing.Any]],
    curve: str,
    *,
    many: bool,
) -> None:
    for side, style in _STYLES.items():
        points = [
            (row["x"], row["y"])
            for row in rows
            if row["curve"] == curve and row["side"] == side
        ]
        if points:
            label = side
            if many:
                label = f"{curve.removeprefix('old tasks: ')}, {side}"
            plot.plot(
                *zip(*sorted(points), strict=True),
                style,
                marker="o",
                label=label,
            )
