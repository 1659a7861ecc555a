# SPDX-License-Identifier: Apache-2.0
"""The paper's Figure 2 in small: three runs over real traffic, and the report that says what survived."""
