# SPDX-License-Identifier: Apache-2.0
"""Build loadable packages of elements: a directory of ``.cc`` files becomes ``NAME.uo`` for ``require(package NAME)``."""

from mimi.build.installation import Installation, find_installation
from mimi.build.package import build_package
from mimi.build.package_set import PackageSet
from mimi.build.toolchain import Toolchain, elements_directory, embedded, include_directory

__all__ = [
    "Installation",
    "PackageSet",
    "Toolchain",
    "build_package",
    "elements_directory",
    "embedded",
    "find_installation",
    "include_directory",
]
