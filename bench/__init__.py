# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: each module prints its figures, the last line a JSON object. They print, they never judge."""
