# SPDX-License-Identifier: Apache-2.0
"""The command line: which measurements, of what, to where."""

import argparse
import collections.abc
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import signal
import sys
import typing

from benchmarks import api
from benchmarks import cloud
from benchmarks import cloud_options
from benchmarks import cloud_picture
from benchmarks import cloud_report
from benchmarks import dataset
from benchmarks import goals
from benchmarks import growth
from benchmarks import history
from benchmarks import history_report
from benchmarks import jobs
from benchmarks import memory
from benchmarks import picture
from benchmarks import processes
from benchmarks import report
from benchmarks import settings as ck_settings
from benchmarks import world as ck_world

GROUPS = ("live", "reprocess-one", "reprocess-many")
_OTHERS = ("api", "memory", "growth")
_WHAT = {
    **{name: (name,) for name in (*GROUPS, *_OTHERS, "cloud", "history")},
    "jobs": GROUPS,
    "all": (*GROUPS, *_OTHERS),
    "report": (),
    "dataset": (),
}


def main(argv: collections.abc.Sequence[str] | None = None) -> int:
    """Measure, save and print.

    :returns: 1 if a result is void.
    """
    # So that the servers are ended, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    args = _parser().parse_args(argv)
    args.scratch.mkdir(parents=True, exist_ok=True)
    if args.json is None:
        name = "results-small.json" if args.small else "results.json"
        args.json = args.scratch / name
    if args.what == "report":
        results = json.loads(args.json.read_text())
    else:
        try:
            results = _measure(args)
        except processes.Failed as error:
            sys.stderr.write(f"{error}\n")
            return 1
        if args.what == "dataset":
            return 0
    _print(results, rst=args.rst)
    if args.picture:
        _draw(results, args)
    return int(
        any(
            len(report.sound(rows)) < len(rows)
            for rows in results.values()
            if isinstance(rows, list)
        )
    )


def _draw(results: dict[str, typing.Any], args: argparse.Namespace) -> None:
    """Draw the cloud, or the growth if there are figures of it."""
    clouds = [
        row
        for row in results.get("cloud", [])
        if row["database"] == args.cloud_database
    ]
    growth_rows = results.get("growth")
    if clouds and (args.what == "cloud" or not growth_rows):
        cloud_picture.draw(clouds, args.picture)
    elif growth_rows:
        picture.draw(growth_rows, args.picture)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="See benchmarks/README.rst."
    )
    parser.add_argument("what", choices=sorted(_WHAT))
    parser.add_argument(
        "--upstream",
        type=_venv,
        metavar="VENV",
        help="virtual environment with the released upstream; without it "
        "only this project is measured",
    )
    parser.add_argument(
        "--ours",
        type=_venv,
        metavar="VENV",
        default=pathlib.Path(sys.prefix),
        help="virtual environment with this project (default: that of this "
        "Python)",
    )
    parser.add_argument(
        "--databases",
        default="mysql,sqlite",
        help="where this project is measured (default: %(default)s)",
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--small",
        action="store_true",
        help="a try of a few minutes: little of everything, no figures to "
        "rely on",
    )
    parser.add_argument(
        "--requests",
        type=int,
        default=2000,
        help="of each kind, to the API (default: %(default)s)",
    )
    parser.add_argument(
        "--scratch",
        type=pathlib.Path,
        default=pathlib.Path("~/.cache/cloudkitty-benchmarks").expanduser(),
        help="folder for servers and data sets (default: %(default)s)",
    )
    parser.add_argument(
        "--json",
        type=pathlib.Path,
        metavar="FILE",
        help="results; written, and kept of what is not measured this time "
        "(default: results.json in the scratch folder)",
    )
    parser.add_argument(
        "--rst", action="store_true", help="print the tables as RST"
    )
    parser.add_argument(
        "--picture",
        type=pathlib.Path,
        metavar="FILE",
        help="draw the growth to this file (.svg or .png)",
    )
    cloud_options.add(parser.add_argument_group("cloud and history"))
    return parser


def _venv(text: str) -> pathlib.Path:
    """Return the folder of a virtual environment with CloudKitty."""
    folder = pathlib.Path(os.path.abspath(text))
    if not (folder / "bin" / "cloudkitty-processor").exists():
        raise argparse.ArgumentTypeError(f"{text}: CloudKitty is not there")
    return folder


def _settings(args: argparse.Namespace) -> ck_settings.Settings:
    return ck_settings.Settings(
        scratch=args.scratch.resolve(),
        ours=args.ours,
        upstream=args.upstream,
        databases=tuple(args.databases.split(",")),
        repeats=args.repeats,
    )


def _measure(args: argparse.Namespace) -> dict[str, typing.Any]:
    """Return the results, saved after each measurement."""
    settings = _settings(args)
    shape = dataset.Shape()
    if args.small:
        shape = dataset.Shape(scopes=3, days=1)
    if args.what == "dataset":
        sys.stdout.write(f"{dataset.prepare(settings, shape)}\n")
        return {}
    results: dict[str, typing.Any] = {}
    if args.json.is_file():
        results = json.loads(args.json.read_text())
    results["about"] = _about(args)
    with ck_world.World(settings) as world:
        for found in _groups(world, shape, args):
            for name, rows in found.items():
                results[name] = _merge(results.get(name, []), rows)
            args.json.write_text(json.dumps(results, indent=1) + "\n")
    return results


def _groups(
    world: ck_world.World, shape: dataset.Shape, args: argparse.Namespace
) -> collections.abc.Iterator[dict[str, list[dict[str, typing.Any]]]]:
    """Yield the results of one measurement after the other."""
    wanted = _WHAT[args.what]
    groups = [name for name in GROUPS if name in wanted]
    if groups:
        world.use(shape)
        comparison = jobs.Comparison(world)
        for name in groups:
            found = comparison.run(jobs.standard(shape)[name])
            yield {"jobs": _rows(found)}
        comparison.stop()
    if "api" in wanted:
        many = 300 if args.small else api.MANY
        starts, figures, posts = api.run(
            world, requests=args.requests, scopes=many, tasks=many
        )
        yield {"starts": _rows(starts)}
        yield {"api": _rows(figures), "posts": _rows(posts)}
    if "memory" in wanted:
        year = memory.SMALL if args.small else memory.YEAR
        yield {"memory": _rows(memory.run(world, year))}
    if "growth" in wanted:
        sizes = growth.SMALL if args.small else growth.Sizes()
        yield {"growth": _rows(growth.run(world, sizes))}
    if "cloud" in wanted:
        for results in cloud.run(world, cloud_options.plan(args)):
            yield {"cloud": _rows(results)}
    if "history" in wanted:
        for results in history.run(world, cloud_options.history_plan(args)):
            yield {"history": _rows(results)}


def _rows(found: collections.abc.Iterable[typing.Any]) -> list[dict]:
    return [dataclasses.asdict(one) for one in found]


def _merge(old: list[dict], new: list[dict]) -> list[dict]:
    """Return the new results, and the old ones of other jobs."""
    kinds = {row.get("kind") for row in new}
    return [row for row in old if row.get("kind") not in kinds] + new


def _about(args: argparse.Namespace) -> dict[str, typing.Any]:
    """Return what the figures depend on."""
    cpus = pathlib.Path("/proc/cpuinfo").read_text()
    models = {
        line.partition(":")[2].strip()
        for line in cpus.splitlines()
        if line.startswith("model name")
    }
    return {
        "when": datetime.datetime.now(datetime.UTC).isoformat(
            timespec="seconds"
        ),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "size": "small, for a try" if args.small else "full",
        "cpus": f"{os.cpu_count()} x {', '.join(sorted(models))}",
        "load": os.getloadavg(),
        "repeats": args.repeats,
        "upstream": str(args.upstream or "not measured"),
    }


def _print(results: dict[str, typing.Any], *, rst: bool) -> None:
    about = results.get("about", {})
    sys.stdout.write(
        "".join(f"{name}: {value}\n" for name, value in about.items()) + "\n"
    )
    found = [
        *report.tables(results),
        goals.check(results),
        *cloud_report.tables(results.get("cloud", [])),
        *history_report.tables(results.get("history", [])),
    ]
    for one in found:
        if one.rows:
            text = one.rst() if rst else one.text()
            sys.stdout.write(f"{text}\n")
