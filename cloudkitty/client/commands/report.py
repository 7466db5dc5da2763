# SPDX-License-Identifier: Apache-2.0
"""``openstack rating reprocess report``."""

import argparse
import csv
import pathlib
import shutil
import sys
import typing

from osc_lib import exceptions

from cloudkitty.client import bars
from cloudkitty.client import columns
from cloudkitty.client import http
from cloudkitty.client import page
from cloudkitty.client import totals
from cloudkitty.client import watch as ck_watch
from cloudkitty.client.commands import base
from cloudkitty.client.commands import options

_HEADERS = ("Scope ID", "Metric", "Before", "After", "Difference")
_LONG_HEADERS = (
    *_HEADERS,
    "Task ID",
    "State",
    "Points Before",
    "Points After",
    "Quantity Before",
    "Quantity After",
)


class Report(base.Lister):
    """Show prices before and after tasks, by scope and metric"""

    found: list[totals.Total]

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        options.add_tasks(parser)
        add_outputs(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        watch = options.watch(parsed_args, self.api)
        return produce(self, parsed_args, watch)

    def produce_output(self, parsed_args, column_names, data):  # type: ignore
        status = super().produce_output(parsed_args, column_names, data)
        draw(self, parsed_args)
        return status


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Add the options of the output of a report."""
    parser.add_argument(
        "--long",
        action="store_true",
        help="Also tasks, states, points and quantities",
    )
    parser.add_argument(
        "--no-chart",
        action="store_true",
        help="No bar chart after the table",
    )
    parser.add_argument(
        "--html",
        metavar="<file>",
        type=pathlib.Path,
        help="Write a page with charts that needs no other file",
    )
    parser.add_argument(
        "--csv",
        metavar="<file>",
        type=pathlib.Path,
        help="Write all columns as CSV",
    )


def produce(
    command: typing.Any, args: argparse.Namespace, watch: ck_watch.Watch
) -> columns.Rows:
    """Return the rows of a report, write its files.

    :param command: gets the totals as ``found``, for ``draw``.
    """
    shown = watch.details()
    command.found = totals.of_tasks(shown)
    _warn(shown, command.found)
    if args.html is not None:
        _write_page(args.html, shown, command.found)
    if args.csv is not None:
        _write_csv(args.csv, command.found)
    headers = _LONG_HEADERS if args.long else _HEADERS
    rows = [_row(total)[: len(headers)] for total in command.found]
    return headers, rows


def draw(command: typing.Any, args: argparse.Namespace) -> None:
    """Print the chart after a table; no other format has one."""
    found = getattr(command, "found", [])
    if args.formatter != "table" or args.no_chart or not found:
        return
    block = "\N{FULL BLOCK}" if _writes(sys.stdout, "\N{FULL BLOCK}") else "#"
    width = shutil.get_terminal_size((80, 24)).columns
    text = bars.chart(found, width, block)
    if text:
        command.app.stdout.write(f"{text}\n")


def _row(total: totals.Total) -> tuple[typing.Any, ...]:
    change = total.difference
    return (
        total.scope_id,
        total.metric,
        totals.text(total.before),
        totals.text(total.after),
        None if change is None else totals.text(change),
        total.task_id,
        total.state,
        total.points_before,
        total.points_after,
        totals.text(total.qty_before),
        totals.text(total.qty_after),
    )


def _warn(shown: list[http.Item], found: list[totals.Total]) -> None:
    """Say which totals are not complete."""
    options.explain(shown)
    if any(task["state"] != "succeeded" for task in shown):
        options.say("The totals of these tasks are not final")
    if not found:
        options.say("The tasks have no totals")


def _write_page(
    path: pathlib.Path, shown: list[http.Item], found: list[totals.Total]
) -> None:
    report = page.Report(
        tasks=shown, totals=found, created_at=options.CLOCK.now()
    )
    _write(path, page.render(report))


def _write_csv(path: pathlib.Path, found: list[totals.Total]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_LONG_HEADERS)
            writer.writerows(_row(total) for total in found)
    except OSError as error:
        raise _not_written(path, error) from error


def _write(path: pathlib.Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(
    path: pathlib.Path, error: OSError
) -> exceptions.CommandError:
    return exceptions.CommandError(
        f"{path} cannot be written: {error.strerror}"
    )


def _writes(stream: typing.TextIO, character: str) -> bool:
    try:
        character.encode(getattr(stream, "encoding", None) or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
