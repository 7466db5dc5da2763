# SPDX-License-Identifier: Apache-2.0
"""The syntax trees of expressions, and what is refused in them."""

import ast

from cloudkitty.common import exceptions

MAX_LENGTH = 1000
MAX_DEPTH = 50

_WORDS: dict[type[ast.AST], str] = {
    ast.Await: "await",
    ast.Dict: "a dict",
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
        raise exceptions.InvalidConfiguration(
            "it is not a Python expression"
        ) from error
    except (RecursionError, MemoryError) as error:
        # So the parser says it, although memory is not what lacks.
        raise too_deep() from error


def refusal(
    node: ast.AST, what: str | None = None
) -> exceptions.InvalidConfiguration:
    """Return the error that says that ``what`` is not allowed.

    :param what: None for what kind of node it is.
    """
    words = what or _WORDS.get(type(node)) or type(node).__name__
    column = getattr(node, "col_offset", 0) + 1
    return exceptions.InvalidConfiguration(
        f"{words} is not allowed (character {column})"
    )


def too_deep() -> exceptions.InvalidConfiguration:
    """Return the error for an expression that is nested too deeply."""
    return exceptions.InvalidConfiguration(
        f"it is nested deeper than {MAX_DEPTH} levels"
    )
