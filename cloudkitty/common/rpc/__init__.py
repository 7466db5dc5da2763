# SPDX-License-Identifier: Apache-2.0
"""Calls of the API to processors over the message bus."""

from cloudkitty.common.rpc import interface

Client = interface.Client
InvalidUsage = interface.InvalidUsage
UNREACHABLE = interface.UNREACHABLE
ResetUnsupported = interface.ResetUnsupported
Unanswered = interface.Unanswered
Unavailable = interface.Unavailable
Usage = interface.Usage
