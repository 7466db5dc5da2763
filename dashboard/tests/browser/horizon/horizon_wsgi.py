# SPDX-License-Identifier: Apache-2.0
"""Horizon with its static files."""

import os

from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise

application = WhiteNoise(
    get_wsgi_application(), root=os.environ["TEST_STATIC"], prefix="/static/"
)
