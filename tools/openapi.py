#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the OpenAPI document of the API.

    python tools/openapi.py           writes the file of the API reference
    python tools/openapi.py --check   fails if it is out of date

Routes and the types of responses are read from the code, policies from their
rules, and texts, parameters, status codes and samples from ``api-ref``.
"""

import json
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
DOCUMENT = TOP / "api-ref" / "source" / "openapi.json"

# The script may be started from any folder, without an installation.
sys.path.insert(0, str(TOP))

from openapi_parts import document  # noqa: E402


def main() -> int:
    """Write or check the file; return the exit status."""
    text = json.dumps(document.build(), indent=1, ensure_ascii=False) + "\n"
    if sys.argv[1:] != ["--check"]:
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    if DOCUMENT.is_file() and DOCUMENT.read_text(encoding="utf-8") == text:
        return 0
    print(f"{DOCUMENT} is out of date: run python tools/openapi.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
