# SPDX-License-Identifier: Apache-2.0
"""``/v2/dataframes``: the rated points."""

from cloudkitty.api.v2 import base
from cloudkitty.api.v2.dataframes import controllers

MODULE = base.Module(controller=lambda services: controllers.Dataframes())
