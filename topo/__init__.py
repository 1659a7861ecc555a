# SPDX-License-Identifier: Apache-2.0
"""Networks to try MiMi on: Mininet topologies, demo primaries and the traffic that crosses them."""
