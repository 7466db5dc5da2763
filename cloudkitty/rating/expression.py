# SPDX-License-Identifier: Apache-2.0
"""Expressions over a point, in a small part of Python; no ``eval``.

A text is parsed to Python's syntax tree. Allowed constructs are compiled to
closures; all others are refused.
"""

import ast
import collections.abc
import decimal
import typing

from cloudkitty.rating import operations
from cloudkitty.rating import syntax

_D = decimal.Decimal


def compile_expression(text: str) -> operations.Evaluate:
    """Return a closure that evaluates the expression for a point.

    Numbers are exact decimals in every notation. The closure raises KeyError,
    TypeError, ValueError or ArithmeticError where Python would. Call it in a
    decimal context that traps.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: for a construct
        that is not allowed; the text names it.
    """
    text = text.strip()
    tree = syntax.parse(text)
    try:
        return _Compiler(text).compile(tree)
    except syntax.Refused as refused:
        raise refused.explain(text) from refused


class _Compiler:
    def __init__(self, text: str) -> None:
        self._text = text
        self._depth = 0

    def compile(self, node: ast.expr) -> operations.Evaluate:
        self._depth += 1
        if self._depth > syntax.MAX_DEPTH:
            raise syntax.too_deep()
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise syntax.Refused(node)
        evaluate: operations.Evaluate = handler(self, node)
        self._depth -= 1
        return evaluate

    def _attribute(self, node: ast.Attribute) -> typing.NoReturn:
        raise syntax.Refused(node, f"the attribute {node.attr!r}")

    def _constant(self, node: ast.Constant) -> operations.Evaluate:
        return operations.always(self._literal(node))

    def _list(self, node: ast.List) -> operations.Evaluate:
        return operations.always([self._literal(item) for item in node.elts])

    def _tuple(self, node: ast.Tuple) -> operations.Evaluate:
        return operations.always(
            tuple(self._literal(item) for item in node.elts)
        )

    def _literal(self, node: ast.expr) -> typing.Any:
        """Return the value of a constant, or of one with a minus sign."""
        if isinstance(node, ast.UnaryOp) and isinstance(
            node.operand, ast.Constant
        ):
            value = self._literal(node.operand)
            if not isinstance(node.op, ast.USub) or not isinstance(
                value, int | _D
            ):
                raise syntax.Refused(
                    node, "a list item that is not a constant"
                )
            return value.copy_negate() if isinstance(value, _D) else -value
        if not isinstance(node, ast.Constant):
            raise syntax.Refused(node, "a list item that is not a constant")
        if isinstance(node.value, float):
            return self._exact(node)
        if node.value is None or isinstance(node.value, str | int):
            return node.value
        raise syntax.Refused(node, f"a {type(node.value).__name__} constant")

    def _exact(self, node: ast.Constant) -> _D:
        """Return the number as written, not the nearest binary one."""
        source = ast.get_source_segment(self._text, node)
        try:
            return _D(source or repr(node.value))
        except decimal.InvalidOperation:
            raise syntax.Refused(node, "a number this large") from None

    def _subscript(self, node: ast.Subscript) -> operations.Evaluate:
        return self._element(node, node.value, node.slice, None)

    def _dict(self, node: ast.Dict) -> operations.Evaluate:
        # The usual default: datapoint.get("vol", {}).
        if node.keys:
            raise syntax.Refused(node)
        return operations.always({})

    def _name(self, node: ast.Name) -> operations.Evaluate:
        if node.id == "datapoint":
            raise syntax.Refused(
                node, "datapoint without a key, such as ['vol'],"
            )
        if node.id in operations.NAMES:
            return operations.NAMES[node.id]
        raise syntax.Refused(node, f"the name {node.id!r}")

    def _call(self, node: ast.Call) -> operations.Evaluate:
        if node.keywords:
            raise syntax.Refused(node, "a call with keywords")
        if isinstance(node.func, ast.Attribute):
            return self._get(node, node.func)
        if not isinstance(node.func, ast.Name):
            raise syntax.Refused(
                node, "a call to anything but a function's name"
            )
        function = operations.FUNCTIONS.get(node.func.id)
        if function is None:
            raise syntax.Refused(node, f"a call to {node.func.id!r}")
        if len(node.args) != 1:
            raise syntax.Refused(
                node,
                f"a call to {node.func.id!r} without exactly one argument",
            )
        argument = self.compile(node.args[0])
        return lambda subject: function(argument(subject))

    def _get(
        self, node: ast.Call, function: ast.Attribute
    ) -> operations.Evaluate:
        if function.attr != "get" or len(node.args) not in (1, 2):
            raise syntax.Refused(function, f"the attribute {function.attr!r}")
        default = (
            self.compile(node.args[1])
            if len(node.args) == 2
            else operations.always(None)
        )
        return self._element(node, function.value, node.args[0], default)

    def _element(
        self,
        node: ast.expr,
        container: ast.expr,
        key_node: ast.expr,
        default: operations.Evaluate | None,
    ) -> operations.Evaluate:
        """Compile ``container[key]``, or ``.get`` if there is a default."""
        if not (
            isinstance(key_node, ast.Constant)
            and isinstance(key_node.value, str)
        ):
            raise syntax.Refused(key_node, "a key that is not a text constant")
        key = key_node.value
        section = self._section(container)
        if section is None:
            if key not in operations.SECTIONS:
                raise syntax.Refused(key_node, f"the key {key!r} of datapoint")
            return operations.SECTIONS[key]
        if section in operations.FREE_SECTIONS:
            return operations.item(operations.SECTIONS[section], key, default)
        if (section, key) not in operations.LEAVES:
            raise syntax.Refused(key_node, f"the key {key!r} of {section!r}")
        return operations.LEAVES[section, key]

    def _section(self, node: ast.expr) -> str | None:
        """Return the key of the mapping ``node`` is; None for datapoint."""
        if isinstance(node, ast.Name) and node.id == "datapoint":
            return None
        container, key = node, None
        if isinstance(node, ast.Subscript):
            container, key = node.value, node.slice
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.args
        ):
            container, key = node.func.value, node.args[0]
        if not (isinstance(container, ast.Name) and container is not node):
            raise syntax.Refused(node, "a lookup in anything but datapoint")
        # Raises for an invalid lookup.
        self.compile(node)
        return typing.cast(str, typing.cast(ast.Constant, key).value)

    def _boolop(self, node: ast.BoolOp) -> operations.Evaluate:
        return operations.first_that_decides(
            [self.compile(value) for value in node.values],
            isinstance(node.op, ast.Or),
        )

    def _unaryop(self, node: ast.UnaryOp) -> operations.Evaluate:
        operand = self.compile(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda subject: not operand(subject)
        if isinstance(node.op, ast.USub):
            return lambda subject: -operations.number(operand(subject))
        if isinstance(node.op, ast.UAdd):
            return lambda subject: operations.number(operand(subject))
        raise syntax.Refused(node, "the operator ~")

    def _binop(self, node: ast.BinOp) -> operations.Evaluate:
        operation = operations.ARITHMETIC.get(type(node.op))
        if operation is None:
            raise syntax.Refused(
                node, f"the operator {type(node.op).__name__}"
            )
        left, right = self.compile(node.left), self.compile(node.right)
        return lambda subject: operation(
            operations.number(left(subject)),
            operations.number(right(subject)),
        )

    def _compare(self, node: ast.Compare) -> operations.Evaluate:
        first = self.compile(node.left)
        rest = []
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.Is | ast.IsNot) and not (
                isinstance(right, ast.Constant) and right.value is None
            ):
                raise syntax.Refused(node, "'is' with anything but None")
            rest.append(
                (operations.COMPARISONS[type(op)], self.compile(right))
            )

        return operations.compare_all(first, rest)


_HANDLERS: dict[
    type[ast.expr],
    collections.abc.Callable[[_Compiler, typing.Any], operations.Evaluate],
] = {
    ast.Attribute: _Compiler._attribute,
    ast.BinOp: _Compiler._binop,
    ast.BoolOp: _Compiler._boolop,
    ast.Call: _Compiler._call,
    ast.Compare: _Compiler._compare,
    ast.Constant: _Compiler._constant,
    ast.Dict: _Compiler._dict,
    ast.List: _Compiler._list,
    ast.Name: _Compiler._name,
    ast.Subscript: _Compiler._subscript,
    ast.Tuple: _Compiler._tuple,
    ast.UnaryOp: _Compiler._unaryop,
}
