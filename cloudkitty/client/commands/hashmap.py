# SPDX-License-Identifier: Apache-2.0
"""``openstack rating hashmap``: prices, and all rules in one list."""

import argparse
import datetime
import typing

from osc_lib import exceptions

from cloudkitty.client import columns
from cloudkitty.client import corrections
from cloudkitty.client import http
from cloudkitty.client import rules
from cloudkitty.client import scopes
from cloudkitty.client import tasks
from cloudkitty.client import windows
from cloudkitty.client.commands import base
from cloudkitty.client.commands import options

_One = tuple[tuple[str, ...], tuple[typing.Any, ...]]


class RuleList(base.Lister):
    """List all rules of hashmap with the names of metrics, fields and groups

    Deleted mappings are not shown.
    """

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        return columns.rows(columns.RULE, rules.listed(self.api))


class _Price(base.ShowOne):
    """Changes the price of a rule."""

    kind: str

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "rule", metavar=f"<{self.kind}>", help=f"Id of the {self.kind}"
        )
        parser.add_argument(
            "cost", metavar="<cost>", help="The new price, or factor"
        )
        options.add_timezone(parser)
        return parser

    def say_correction(
        self,
        rule: http.Item,
        start: datetime.datetime | None,
        where: windows.Zone,
    ) -> None:
        """Print the command that rates the periods of a rule again.

        The price is changed already, so an error is only printed.

        :param start: first time with the new price; ``None``: the beginning
            of the month of the last rated period.
        """
        try:
            self._say_correction(rule, start, where)
        except exceptions.CommandError as error:
            options.say(
                "The price is changed. It is not known which periods are "
                f"rated with the old one: {error}"
            )

    def _say_correction(
        self,
        rule: http.Item,
        start: datetime.datetime | None,
        where: windows.Zone,
    ) -> None:
        seconds = tasks.period_seconds(self.api)
        scope_ids = [rule["tenant_id"]] if rule["tenant_id"] else None
        first, last = scopes.rated_ends(self.api, scope_ids, seconds)
        which = "them"
        if start is None:
            which = "those since the beginning of the month"
            last_period = first - datetime.timedelta(seconds=seconds)
            month = f"{last_period.astimezone(where):%Y-%m}"
            start = windows.month(month, where).begin
        end = http.time(rule["end"]) if rule.get("end") else None
        window = corrections.window(start, end, first, seconds)
        if window is not None:
            options.say(
                f"Rated periods keep the old price. To correct {which}:"
            )
            options.say(windows.described(window, where, seconds))
            options.say(corrections.command(rule, window))
        longer = corrections.window(start, end, last, seconds)
        if longer is not None and longer != window:
            options.say(
                "Not all scopes are rated equally far. When all are rated "
                "until then, correct the periods up to "
                f"--end {longer.end.isoformat()}"
            )


class MappingPrice(_Price):
    """Change the price of a mapping from a time on

    The mapping ends then, and a new mapping with the new price begins.
    """

    kind = rules.MAPPING

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--start",
            metavar="<time>",
            help="Time from which the price applies, such as 2027-01-01 or "
            "2027-01-01T13:00 (default: now)",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="Allow a start in the past; rated data do not change",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _One:
        api, args = self.api, parsed_args
        where = windows.zone(args.timezone)
        start = args.start and windows.instant(args.start, where)
        rule = rules.find(api, self.kind, args.rule)
        if start:
            options.say(windows.moment("Start:  ", start, where))
        old, new = rules.change_mapping(
            api, rule, args.cost, start or None, args.force
        )
        self.say_correction(new, http.time(new["start"]), where)
        shown = _shown(new, "value")
        for name in ("cost", "start", "end"):
            shown[name] = new[name]
        shown["old_mapping_id"] = old["id"]
        for name in ("cost", "start", "end", "deleted"):
            shown[f"old_{name}"] = old[name]
        return columns.one(shown)


class ThresholdPrice(_Price):
    """Change the price of a threshold for all periods that are rated later

    A threshold has no times: the new price applies to past periods, too, as
    soon as they are rated again.
    """

    kind = rules.THRESHOLD

    def take_action(self, parsed_args: argparse.Namespace) -> _One:
        api, args = self.api, parsed_args
        where = windows.zone(args.timezone)
        old = rules.find(api, self.kind, args.rule)
        new = rules.change_threshold(api, old, args.cost)
        self.say_correction(new, None, where)
        shown = _shown(new, "level")
        shown.update(cost=new["cost"], old_cost=old["cost"])
        return columns.one(shown)


def _shown(rule: http.Item, selector: str) -> http.Item:
    """Return the fields of a rule that its price does not change.

    :param selector: ``value`` or ``level``.
    """
    return {
        f"{rule['kind']}_id": rule["id"],
        "metric": rule["metric"],
        "field": rule["field"],
        selector: rule[selector],
        "group": rule["group"],
        "scope_id": rule["tenant_id"],
        "type": rule["type"],
    }
