# SPDX-License-Identifier: Apache-2.0
# What runs in the process that operators' scripts run in. Standard library
# only: that process sees no installed package.
