# SPDX-License-Identifier: Apache-2.0
"""The metric definitions, read from the file for each request."""

import logging
import typing

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import hooks
from cloudkitty.collector import definitions
from cloudkitty.collector import metrics
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields

LOG = logging.getLogger(__name__)


def read() -> tuple[list[metrics.Metric], dict[str, typing.Any]]:
    """Return the definitions in the order of the file, and its content.

    :raises cloudkitty.api.errors.Unavailable: if the file cannot be read or
        is not valid.
    """
    conf = hooks.services().conf
    try:
        found, content = definitions.load_with_content(
            conf.collect.metrics_conf,
            conf.collect.scope_key,
            definitions.ANY_EXTRA_ARGS,
        )
    except exceptions.InvalidConfiguration as err:
        # Show the path and the cause only to the operator.
        LOG.error(
            *log_fields.event("metric definitions cannot be read", error=err)
        )
        raise errors.Unavailable(
            error_codes.METRICS_UNAVAILABLE,
            "the metric definitions cannot be read on the host of the API; "
            "its log contains the cause: try again after they are corrected",
        ) from err
    return sorted(found, key=lambda metric: metric.position), content
