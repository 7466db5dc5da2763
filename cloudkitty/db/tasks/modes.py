# SPDX-License-Identifier: Apache-2.0
"""The modes of tasks."""

#: Collect and rate again, replace the stored points. The only mode of
#: upstream, and only for all metrics at once, at any time and without a limit:
#: its processor ignores other tasks, because the cursor of their rows is
#: always at the end.
REPROCESS = "reprocess"
#: Collect and rate, store only totals. It changes no points, so its window is
#: not taken.
PREVIEW = "preview"
#: All modes, the default first.
MODES = (REPROCESS, PREVIEW)


def hidden(mode: str, ours_only: bool) -> bool:
    """Return whether a task is hidden from upstream in every state.

    :param ours_only: whether it has an attribute that upstream ignores.
    """
    return mode != REPROCESS or ours_only
