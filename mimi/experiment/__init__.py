# SPDX-License-Identifier: Apache-2.0
"""Experiments on real traffic: deploy a pairing into the network of Figure 2, cut the primary's links, count what died."""
