# SPDX-License-Identifier: Apache-2.0
"""Build loadable packages of elements."""
