# SPDX-License-Identifier: Apache-2.0
"""The values of the form of a new order, and the request for them."""

import dataclasses
import datetime
import typing

from django.http import QueryDict
from django.utils.translation import gettext as _

from cloudkitty_reprocess_dashboard import choices
from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import rows
from cloudkitty_reprocess_dashboard import windows

#: ``scope_ids`` of a request for every active scope.
ALL = "ALL"


@dataclasses.dataclass
class OrderForm:
    """What the user typed.

    :param all_scopes: whether every active scope is selected.
    :param scope_ids: the selected ones.
    :param begin: local time, as ``windows.INPUT``.
    :param end: exclusive, as ``begin``.
    :param period: seconds of a period when the form was made.
    :param metrics: the selected ones; none selects all.
    :param allow_empty: whether points without new data are deleted.
    :param reason: of the order.
    :param force: whether closed periods are rated again.
    :param not_before: local time before which no task starts, or "".
    :param max_running: maximum number of running tasks, or "".
    :ivar errors: name of a field to the text for the user.
    """

    all_scopes: bool = False
    scope_ids: list[str] = dataclasses.field(default_factory=list)
    begin: str = ""
    end: str = ""
    period: int = 3600
    metrics: list[str] = dataclasses.field(default_factory=list)
    allow_empty: bool = False
    reason: str = ""
    force: bool = False
    not_before: str = ""
    max_running: str = ""
    errors: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def has_limits(self) -> bool:
        """Whether a field of the part "Advanced" has a value."""
        return bool(self.force or self.not_before or self.max_running)

    def request(self, mode: str, zone: datetime.tzinfo) -> client.Item | None:
        """Return the body of the request, or None and fill ``errors``.

        :param mode: ``reprocess`` or ``preview``.
        """
        if not self.all_scopes and not self.scope_ids:
            self.errors["scopes"] = _("Select at least one scope.")
        if not self.reason:
            self.errors["reason"] = _("Enter the reason of the order.")
        window = self._window(zone)
        limits = self._limits(zone) if mode == "reprocess" else {}
        if self.errors or window is None:
            return None
        return {
            "scope_ids": ALL if self.all_scopes else self.scope_ids,
            "start_reprocess_time": window.begin.isoformat(),
            "end_reprocess_time": window.last_period.isoformat(),
            "reason": self.reason,
            "mode": mode,
            **({"metrics": self.metrics} if self.metrics else {}),
            **({"allow_empty": True} if self.allow_empty else {}),
            **limits,
        }

    def _limits(self, zone: datetime.tzinfo) -> client.Item:
        """Return what restricts the tasks of an order, or fill ``errors``.

        A preview changes nothing: it is restricted by none of them.
        """
        limits: client.Item = {"force": True} if self.force else {}
        if self.not_before:
            try:
                moment = windows.instant(self.not_before, zone)
                limits["not_before"] = moment.isoformat()
            except windows.InvalidWindow as error:
                self.errors["not_before"] = _("Start not before: %s") % error
        if self.max_running:
            if _is_number(self.max_running) and int(self.max_running):
                limits["max_running"] = int(self.max_running)
            else:
                self.errors["max_running"] = _(
                    "Enter the number of tasks that run at once: 1 or more."
                )
        return limits

    def _window(self, zone: datetime.tzinfo) -> windows.Window | None:
        try:
            window = windows.read(self.begin, self.end, self.period, zone)
        except windows.InvalidWindow as error:
            self.errors["window"] = str(error)
            return None
        typed = (self.begin, self.end)
        self.begin = windows.local(window.begin, zone)
        self.end = windows.local(window.end, zone)
        if (self.begin, self.end) != typed:
            self.errors["window"] = _(
                "The window was extended to whole periods: check it."
            )
            return None
        return window


def sent(data: QueryDict) -> OrderForm:
    """Return the form that a browser has sent."""
    period = data.get("period", "")
    return OrderForm(
        all_scopes=data.get("scopes") == "all",
        scope_ids=data.getlist("scope"),
        begin=data.get("begin", ""),
        end=data.get("end", ""),
        period=max(1, int(period)) if _is_number(period) else 3600,
        metrics=data.getlist("metric"),
        allow_empty="allow_empty" in data,
        reason=data.get("reason", "").strip(),
        force="force" in data,
        not_before=data.get("not_before", ""),
        max_running=data.get("max_running", "").strip(),
    )


def initial(
    data: QueryDict,
    offered: choices.Choices,
    now: datetime.datetime,
    zone: datetime.tzinfo,
) -> OrderForm:
    """Return the form of a new page.

    :param data: may have ``scope``, ``metric`` (repeated), ``begin``, ``end``
        (ISO 8601 with an offset, exclusive) and ``reason``; ``scope=ALL``
        selects every scope. With a begin alone, the window ends where all
        scopes are rated.
    """
    window = windows.yesterday(now, offered.rated_until, offered.period, zone)
    scope_ids = data.getlist("scope")
    begin, end = _time(data, "begin"), _time(data, "end")
    if begin and not end:
        end = offered.rated_until
    return OrderForm(
        all_scopes=ALL in scope_ids,
        scope_ids=scope_ids,
        begin=windows.local(begin or window.begin, zone),
        end=windows.local(end or window.end, zone),
        period=offered.period,
        metrics=data.getlist("metric"),
        reason=data.get("reason", ""),
    )


def _time(
    data: typing.Mapping[str, str], name: str
) -> datetime.datetime | None:
    try:
        moment = rows.time(data.get(name))
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9
