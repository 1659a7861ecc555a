# SPDX-License-Identifier: Apache-2.0
"""MiMi: keeps connections alive when a black-box middlebox dies."""

__version__ = "0.1.0"
