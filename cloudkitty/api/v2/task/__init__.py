# SPDX-License-Identifier: Apache-2.0
"""``/v2/task``: administrative work that processors do; see ``tasks``."""

from cloudkitty.api.v2 import base
from cloudkitty.api.v2.task import controllers

#: Its rules are among those of the service (``cloudkitty.policies.task``).
MODULE = base.Module(controller=lambda services: controllers.TaskTypes())
