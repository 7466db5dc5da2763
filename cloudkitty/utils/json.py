# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: JSON; decimals are floats, times ISO 8601."""

import json
import typing

from cloudkitty.common import point_form


def dumps(obj: typing.Any, **kwargs: typing.Any) -> str:
    """Return JSON text."""
    return json.dumps(obj, default=point_form.plain, **kwargs)


loads = json.loads
