# SPDX-License-Identifier: Apache-2.0
"""Options of the rating module ``pyscripts``."""

from oslo_config import cfg

OPTS = [
    cfg.BoolOpt(
        "enabled",
        default=False,
        help="Run the scripts of the rating module pyscripts. Whoever may "
        "write a script has Python run on the processors' hosts: read the "
        "page on scripts in the administration guide first. While this is "
        "false and the module is enabled, periods with a script in force "
        "are not rated.",
    ),
    cfg.IntOpt(
        "time_limit",
        default=30,
        min=1,
        max=3600,
        help="Seconds that all scripts together may take for one period of "
        "one scope. Keep it well below [orchestrator] lease_seconds.",
    ),
    cfg.IntOpt(
        "memory_limit",
        default=512,
        min=128,
        max=65536,
        help="MiB of address space of the process in which scripts run.",
    ),
    cfg.IntOpt(
        "max_answer_size",
        default=64,
        min=1,
        max=1024,
        help="MiB of data, written as JSON, that scripts may make of one "
        "period of one scope.",
    ),
    cfg.StrOpt(
        "isolation",
        default="strict",
        choices=[
            ("strict", "scripts are not run where the kernel cannot filter"),
            ("best_effort", "scripts are run with what the kernel has"),
        ],
        help="What to do on a machine whose kernel cannot filter the system "
        "calls of scripts.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("pyscripts", OPTS)]
