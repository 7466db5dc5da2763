# SPDX-License-Identifier: Apache-2.0
"""``/v2/task``: administrative tasks of processors; see ``tasks``."""

from cloudkitty.api.v2 import base
from cloudkitty.api.v2.task import controllers

#: The service registers its rules (``cloudkitty.policies.task``).
MODULE = base.Module(controller=lambda services: controllers.TaskTypes())
