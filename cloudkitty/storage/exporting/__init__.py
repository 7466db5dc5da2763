# SPDX-License-Identifier: Apache-2.0
"""Write the rated points of a month to files, and read them back."""
