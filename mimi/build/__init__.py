# SPDX-License-Identifier: Apache-2.0
"""Build loadable packages of elements: a directory of ``.cc`` files becomes ``NAME.uo`` for ``require(package NAME)``."""

from mimi.build.package import build_package, include_directory

__all__ = ["build_package", "include_directory"]
