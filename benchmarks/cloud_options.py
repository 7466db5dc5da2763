# SPDX-License-Identifier: Apache-2.0
"""Options of the measurements of a whole cloud and of a long history."""

import argparse
import pathlib
import re

from benchmarks import cloud_plan
from benchmarks import history
from benchmarks import history_fill


def add(group: argparse._ArgumentGroup) -> None:
    """Add the options to a parser."""
    group.add_argument(
        "--scopes",
        type=_numbers,
        default=cloud_plan.Plan.scopes,
        metavar="N,N",
        help="sizes of the cloud (default: 100,1000)",
    )
    group.add_argument(
        "--side",
        type=_side,
        action="append",
        metavar="NAME=PATH",
        help="a checkout to measure, more than once; the others are "
        "compared with the first (default: this one)",
    )
    group.add_argument(
        "--cloud-database",
        choices=("mysql", "postgresql", "sqlite"),
        default=cloud_plan.Plan.database,
    )
    group.add_argument(
        "--postgresql",
        metavar="URL",
        default="",
        help="a database of a running server whose user may create others",
    )
    group.add_argument(
        "--real-source",
        action="store_true",
        help="query a real Prometheus instead of the fake",
    )
    group.add_argument(
        "--coordination",
        metavar="URL",
        help="[orchestrator] coordination_url (default: files)",
    )
    group.add_argument(
        "--periods",
        type=int,
        default=cloud_plan.Plan.periods,
        help="of the long tasks (default: %(default)s)",
    )
    group.add_argument(
        "--backlog",
        type=int,
        metavar="PERIODS",
        help="of the first cycle (default: as --periods)",
    )
    group.add_argument(
        "--steps",
        default=",".join(cloud_plan.STEPS),
        help="what is measured after the first cycle (default: %(default)s)",
    )
    group.add_argument("--no-floor", action="store_true")
    group.add_argument(
        "--points",
        type=int,
        default=history_fill.History.points,
        help="of the history (default: %(default)s)",
    )
    group.add_argument(
        "--series",
        type=int,
        default=history_fill.History.series,
        help="of each scope and day of the history (default: %(default)s)",
    )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one.replace("_", "")) for one in text.split(","))


def _side(text: str) -> tuple[str, pathlib.Path]:
    """Return name and folder of a checkout."""
    name, _, path = text.partition("=")
    folder = pathlib.Path(path).absolute()
    if not re.fullmatch("[a-z0-9_]{1,30}", name):
        raise argparse.ArgumentTypeError(f"{name!r}: a-z, 0-9 and _ only")
    if not (folder / "cloudkitty").is_dir():
        raise argparse.ArgumentTypeError(f"{path}: not a checkout")
    return name, folder


def plan(args: argparse.Namespace) -> cloud_plan.Plan:
    """Return the plan of ``cloud``."""
    return cloud_plan.Plan(
        scopes=(10, 30) if args.small else args.scopes,
        periods=args.periods,
        backlog=args.backlog or args.periods,
        steps=tuple(args.steps.split(",")),
        database=args.cloud_database,
        postgresql=args.postgresql,
        real=args.real_source,
        coordination=args.coordination,
        floor=not args.no_floor,
        sides=tuple(args.side or cloud_plan.Plan.sides),
    )


def history_plan(args: argparse.Namespace) -> history.Plan:
    """Return the plan of ``history``."""
    points, scopes = (10_000, 20) if args.small else (args.points, 1_000)
    return history.Plan(
        history=history_fill.History(
            points=points, scopes=scopes, series=args.series
        ),
        database=args.cloud_database,
        postgresql=args.postgresql,
        sides=tuple(args.side or history.Plan.sides),
    )
