# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: the base of collectors with PromQL."""

import typing

from cloudkitty.common import lazy

if typing.TYPE_CHECKING:
    from cloudkitty.compat import prometheus as _prometheus

    PrometheusCollectorBase = _prometheus.PrometheusCollectorBase
else:
    __getattr__ = lazy.names(
        __name__, {"PrometheusCollectorBase": "cloudkitty.compat.prometheus"}
    )
