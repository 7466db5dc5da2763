# SPDX-License-Identifier: Apache-2.0
"""The scopes that one query is for."""

import collections.abc


def pieces(
    scope_ids: collections.abc.Iterable[str],
    size: collections.abc.Callable[[str], int],
    most: int,
) -> collections.abc.Iterator[list[str]]:
    """Yield the scopes of each query, at least one.

    :param size: returns the length of a scope in a query.
    :param most: limit of their sum for several scopes.
    """
    piece: list[str] = []
    total = 0
    for scope_id in scope_ids:
        length = size(scope_id)
        if piece and total + length > most:
            yield piece
            piece, total = [], 0
        piece.append(scope_id)
        total += length
    if piece:
        yield piece
