# SPDX-License-Identifier: Apache-2.0
"""Plugins written for CloudKitty 25: base classes and adapters.

The packages of the service only publish the names of this package under
upstream's import paths. A base class has a method ``cloudkitty_adapter``,
which ``common.plugins`` calls: it returns a class of this service's contract
that calls the plugin. No module of the engine imports this package.
"""
