# SPDX-License-Identifier: Apache-2.0
"""Evidence that the primary forwards: today its links, later probes through it."""
