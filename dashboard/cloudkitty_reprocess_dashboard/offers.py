# SPDX-License-Identifier: Apache-2.0
"""Buttons that change the tasks of an order, with their texts."""

import dataclasses

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclasses.dataclass(frozen=True)
class Action:
    """A change of all tasks of an order.

    :param name: in the request to Horizon.
    :param target: state that is requested from the API.
    :param states: of the tasks that are changed.
    """

    name: str
    target: str
    states: tuple[str, ...]

    @property
    def can_force(self) -> bool:
        """Whether the API needs ``force`` for closed periods."""
        return self.target == "scheduled"


ACTIONS = {
    action.name: action
    for action in (
        Action("pause", "paused", ("scheduled", "running")),
        Action("resume", "scheduled", ("paused",)),
        Action("retry", "scheduled", ("failed",)),
        Action(
            "cancel",
            "cancelled",
            ("awaiting_approval", "scheduled", "running", "paused"),
        ),
    )
}


@dataclasses.dataclass(frozen=True)
class Offer:
    """A button, and the texts of its confirmation.

    :param name: of the action.
    :param label: of the button.
    :param title: question of the confirmation.
    :param effect: what the action does.
    :param confirm: label of the button that sends it.
    :param can_force: whether closed periods can be rated again.
    """

    name: str
    label: str
    title: str
    effect: str
    confirm: str
    can_force: bool


def make(states: dict[str, int]) -> list[Offer]:
    """Return the buttons that have an effect on at least one task.

    :param states: number of tasks by state.
    """
    offers = []
    for action in ACTIONS.values():
        count = sum(states.get(state, 0) for state in action.states)
        if count:
            texts = _texts(action.name, count)
            offers.append(Offer(action.name, *texts, action.can_force))
    return offers


def _texts(name: str, count: int) -> tuple[str, str, str, str]:
    if name == "pause":
        return (
            _("Pause"),
            _("Pause this order?"),
            ngettext(
                "%d task pauses. It keeps its window and continues when it "
                "is resumed.",
                "%d tasks pause. They keep their window and continue when "
                "they are resumed.",
                count,
            )
            % count,
            _("Pause tasks"),
        )
    if name == "resume":
        return (
            _("Resume"),
            _("Resume this order?"),
            ngettext(
                "%d paused task continues after its last completed period.",
                "%d paused tasks continue after their last completed period.",
                count,
            )
            % count,
            _("Resume tasks"),
        )
    if name == "retry":
        return (
            _("Retry failed"),
            _("Retry the failed tasks of this order?"),
            ngettext(
                "%d failed task is tried again from the period that failed.",
                "%d failed tasks are tried again from the period that failed.",
                count,
            )
            % count,
            _("Retry tasks"),
        )
    return (
        _("Cancel"),
        _("Cancel this order?"),
        ngettext(
            "%d task ends. Its completed periods keep the new rating. It "
            "cannot be resumed.",
            "%d tasks end. Their completed periods keep the new rating. "
            "They cannot be resumed.",
            count,
        )
        % count,
        _("Cancel tasks"),
    )
