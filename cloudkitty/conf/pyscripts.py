# SPDX-License-Identifier: Apache-2.0
"""Options of the rating module ``pyscripts``."""

from oslo_config import cfg

OPTS = [
    cfg.BoolOpt(
        "enabled",
        default=False,
        help="Run the scripts of the rating module pyscripts. Every user who "
        "may write a script can run Python code on the hosts of the "
        "processors: read the page on scripts in the administration guide "
        "first. While this is false and the module is enabled, periods with "
        "a script in force are not rated.",
    ),
    cfg.IntOpt(
        "time_limit",
        default=30,
        min=1,
        max=3600,
        help="Timeout in seconds of all scripts together for one period of "
        "one scope. Set it to much less than [orchestrator] lease_seconds.",
    ),
    cfg.IntOpt(
        "memory_limit",
        default=512,
        min=128,
        max=65536,
        help="Maximum address space in MiB of the process that runs scripts.",
    ),
    cfg.IntOpt(
        "max_answer_size",
        default=64,
        min=1,
        max=1024,
        help="Maximum size in MiB of the data, as JSON, that scripts may "
        "return for one period of one scope.",
    ),
    cfg.StrOpt(
        "isolation",
        default="strict",
        choices=[
            ("strict", "scripts do not run without the filter"),
            ("best_effort", "scripts run with the available protection"),
        ],
        help="Behaviour on a host whose kernel cannot filter the system calls "
        "of scripts.",
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group and its options."""
    return [("pyscripts", OPTS)]
