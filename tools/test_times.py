#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets a fresh clone divide the tests into equal parts.

stestr gives each test process the same share of the durations that it
knows, and a fresh clone knows none. ``tools/test-times.txt`` has those of
the long tests::

    python tools/test_times.py load    gives them to stestr, if it knows none
    python tools/test_times.py save    writes them from the last runs
"""

import dbm.dumb
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
#: Seconds; shorter tests are even among the parts anyway.
LONG = 1.0


def read(file: pathlib.Path) -> dict[str, float]:
    """Return the seconds of the tests by their ids."""
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ", 1) for line in lines if line[:1] not in ("#", ""))
    return {test_id: float(seconds) for seconds, test_id in pairs}


def write(file: pathlib.Path, times: dict[str, float]) -> None:
    """Replace the durations, and keep the comment at the top."""
    comment = [
        line
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    ]
    lines = [
        f"{seconds:.0f} {test_id}"
        for test_id, seconds in sorted(times.items())
        if seconds >= LONG
    ]
    file.write_text("\n".join([*comment, *lines, ""]), encoding="utf-8")


def load(file: pathlib.Path, repository: pathlib.Path) -> int:
    """Give the durations to stestr; return their number.

    Measured ones are not replaced: they are of this host.

    :param repository: the directory ``.stestr``.
    """
    if not (repository / "format").exists():
        return 0
    with dbm.dumb.open(str(repository / "times.dbm"), "c") as known:
        new = {
            test_id: str(seconds)
            for test_id, seconds in read(file).items()
            if test_id.encode() not in known
        }
        known.update(new)
    return len(new)


def save(file: pathlib.Path, repository: pathlib.Path) -> int:
    """Write the durations that stestr has measured; return their number."""
    with dbm.dumb.open(str(repository / "times.dbm"), "r") as known:
        times = {
            test_id.decode(): float(known[test_id]) for test_id in known.keys()
        }
    write(file, times)
    return len(read(file))


def main(arguments: list[str]) -> int:
    actions = {"load": load, "save": save}
    if len(arguments) != 1 or arguments[0] not in actions:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    number = actions[arguments[0]](
        TOP / "tools/test-times.txt", TOP / ".stestr"
    )
    sys.stderr.write(f"{arguments[0]}: {number} durations of long tests\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
