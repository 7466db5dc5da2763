# SPDX-License-Identifier: Apache-2.0
"""What this project's processor logs of its work, with milliseconds."""

import dataclasses
import datetime
import pathlib
import re

_LINE = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \d+ (?P<level>[A-Z]+) "
    r".*?(?P<event>worker started|tasks? claimed|tasks? succeeded"
    r"|periods rated|periods redone|task failed|task put off|task busy"
    r"|task lost)"
    r"(?P<rest>.*)"
)
_TROUBLE = frozenset({"task failed", "task put off", "task busy", "task lost"})


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """A line of the log.

    :param at: Unix time.
    :param name: of the event, the same for one task and for several.
    :param fields: the numbers of it.
    """

    at: float
    name: str
    fields: dict[str, int]

    @property
    def tasks(self) -> int:
        """The number of tasks that the line is about."""
        return self.fields.get("tasks", 1)

    @property
    def trouble(self) -> bool:
        """Tell whether it spoils a measurement."""
        return self.name in _TROUBLE


def parse(line: str) -> Event | None:
    """Return the event of a line; None if it is none of ours."""
    found = _LINE.match(line)
    if found is None:
        return None
    # The processor's zone is UTC.
    at = datetime.datetime.fromisoformat(found["at"] + "+00:00")
    fields = re.findall(r"(\w+)=(\d+)(?:\s|$)", found["rest"])
    return Event(
        at.timestamp(),
        found["event"].replace("tasks ", "task "),
        {name: int(value) for name, value in fields},
    )


class Tail:
    """Reads a log as it grows.

    :param file: may not be there yet.
    """

    def __init__(self, file: pathlib.Path) -> None:
        self._file = file
        self._place = 0
        self.events: list[Event] = []
        self.errors: list[str] = []

    def read(self) -> list[Event]:
        """Return what has come since the last look."""
        with self._file.open("rb") as file:
            file.seek(self._place)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._place += len(whole)
        new = []
        for line in whole.decode(errors="replace").splitlines():
            if " ERROR " in line or " WARNING " in line:
                self.errors.append(line)
            event = parse(line)
            if event is not None:
                new.append(event)
        self.events += new
        return new

    def named(self, name: str) -> list[Event]:
        """Return all events of one name so far."""
        return [event for event in self.events if event.name == name]
