# SPDX-License-Identifier: Apache-2.0
"""Figures that a campaign of tests prints."""

import os

from testtools import content


def tell(test, text: str) -> None:
    """Keep ``text`` with the test.

    Where ``CLOUDKITTY_TEST_FIGURES`` names a file it is added there too.
    """
    test.addDetail("figures", content.text_content(text))
    if path := os.environ.get("CLOUDKITTY_TEST_FIGURES"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{test.id()} {text}\n")
