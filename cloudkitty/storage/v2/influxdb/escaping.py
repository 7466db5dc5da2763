# SPDX-License-Identifier: Apache-2.0
"""The one escaper for the line protocol and the one for InfluxQL.

https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference
https://docs.influxdata.com/influxdb/v1/query_language/spec/#literals
"""

_TAG = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_STRING = str.maketrans({"\\": r"\\", '"': r"\""})
_IDENTIFIER = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_LITERAL = str.maketrans({"\\": r"\\", "'": r"\'", "\n": r"\n"})


def tag(text: str) -> str:
    r"""Return a name, or the value of a tag, for the line protocol.

    :param text: not empty; no line breaks and no odd number of backslashes
        before a comma, a space, an equals sign or its end, for which the
        protocol has no escape: see ``names``.
    """
    return text.translate(_TAG)


def string(text: str) -> str:
    """Return the value of a string field for the line protocol."""
    return f'"{text.translate(_STRING)}"'


def identifier(name: str) -> str:
    """Return a name for InfluxQL.

    :param name: without carriage returns, which InfluxQL reads as newlines.
    """
    return f'"{name.translate(_IDENTIFIER)}"'


def literal(text: str) -> str:
    """Return a string for InfluxQL.

    :param text: without carriage returns, which InfluxQL reads as newlines.
    """
    return f"'{text.translate(_LITERAL)}'"
