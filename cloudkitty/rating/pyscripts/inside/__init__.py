# SPDX-License-Identifier: Apache-2.0
# The code of the process in which operators' scripts run. Standard library
# only: that process cannot import installed packages.
