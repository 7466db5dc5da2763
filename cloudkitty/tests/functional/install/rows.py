# SPDX-License-Identifier: Apache-2.0
"""Tables that the command ``openstack`` prints."""


def tables(text: str) -> list[list[dict[str, str]]]:
    """Return the rows of each table as (name of a column: text).

    :param text: output with tables; its other lines are left out.
    """
    found: list[list[dict[str, str]]] = []
    names: list[str] | None = None
    # Lines of a table: +---+, | names |, +---+, | row | ..., +---+.
    rules = 0
    for line in text.splitlines():
        if line.startswith("+-"):
            rules = rules % 3 + 1
            if rules == 1:
                found.append([])
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if rules == 1:
                names = cells
            else:
                found[-1].append(dict(zip(names, cells, strict=True)))
    return found
