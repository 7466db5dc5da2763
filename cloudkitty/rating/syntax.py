# SPDX-License-Identifier: Apache-2.0
"""The syntax trees of expressions, and the errors for refused constructs."""

import ast
import re

from cloudkitty.common import exceptions

MAX_LENGTH = 1000
MAX_DEPTH = 50
#: The last part of a refusal.
ALLOWED = (
    "allowed are lookups in datapoint by [] and get(), "
    "usage_data_metric_name, excluded_datapoints, filtered_datapoints, "
    "literals, comparisons, and, or, not, +, -, *, /, %, Decimal(), float(), "
    "int(), str() and len()"
)
#: Characters of the refused construct in an error text.
_SHOWN = 40
_LINE_END = re.compile("\r\n|\r|\n")

_WORDS: dict[type[ast.AST], str] = {
    ast.Await: "await",
    ast.Dict: "a dict that is not empty",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a generator",
    ast.IfExp: "a conditional",
    ast.JoinedStr: "an f-string",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.NamedExpr: "an assignment",
    ast.Set: "a set",
    ast.SetComp: "a comprehension",
    ast.Slice: "a slice",
    ast.Starred: "an asterisk",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}


def parse(text: str) -> ast.expr:
    """Return the syntax tree of an expression that is not too long.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: if it is, or
        is no expression.
    """
    if len(text) > MAX_LENGTH:
        raise exceptions.InvalidConfiguration(
            f"more than {MAX_LENGTH} characters are not allowed"
        )
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        place = ""
        if isinstance(error, SyntaxError) and error.offset:
            place = f" (line {error.lineno}, character {error.offset})"
        raise exceptions.InvalidConfiguration(
            f"not a Python expression{place}"
        ) from error
    except (RecursionError, MemoryError) as error:
        # The parser raises MemoryError for deep nesting too.
        raise too_deep() from error


class Refused(Exception):
    """An expression has a construct that is not allowed.

    :param node: the construct.
    :param words: names it; None for the kind of the node.
    """

    def __init__(self, node: ast.AST, words: str | None = None) -> None:
        super().__init__(words)
        self._node = node
        self._words = words

    def explain(self, text: str) -> exceptions.InvalidConfiguration:
        """Return the error for an operator.

        :param text: the expression that was parsed.
        """
        node = self._node
        words = self._words or _WORDS.get(type(node)) or type(node).__name__
        return exceptions.InvalidConfiguration(
            f"{words} is not allowed ({_position(text, node)}); {ALLOWED}"
        )


def _position(text: str, node: ast.AST) -> str:
    """Return where a node begins, such as ``line 2, character 5: x.y``."""
    line: int = getattr(node, "lineno", 1)
    before = _LINE_END.split(text)[line - 1].encode()
    # The column counts bytes of UTF-8.
    offset: int = getattr(node, "col_offset", 0)
    column = len(before[:offset].decode()) + 1
    place = f"character {column}"
    if _LINE_END.search(text):
        place = f"line {line}, {place}"
    source = _LINE_END.split(ast.get_source_segment(text, node) or "")[0]
    if len(source) > _SHOWN:
        source = f"{source[:_SHOWN]}..."
    return f"{place}: {source}" if source else place


def too_deep() -> exceptions.InvalidConfiguration:
    """Return the error for an expression that is nested too deeply."""
    return exceptions.InvalidConfiguration(
        f"nested deeper than {MAX_DEPTH} levels"
    )
