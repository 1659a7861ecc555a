# SPDX-License-Identifier: Apache-2.0
"""Builds ``mimi.click._capi``, the binding of ``libmimiclick.so``, from the C surface's own header.

setup.py runs it through cffi; ``python mimi/click/_cffi_build.py`` builds it inside a checkout, after
``make -f runtime/build.mk``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import cffi

ROOT = Path(__file__).resolve().parent.parent.parent
HEADER = ROOT / "runtime" / "capi" / "mimi_click.h"


def declarations(header: str) -> str:
    """The header's declarations, without what is for the preprocessor alone."""
    without_cplusplus = re.sub(r"#ifdef __cplusplus\n.*?#endif\n", "", header, flags=re.DOTALL)
    return "\n".join(line for line in without_cplusplus.splitlines() if not line.startswith("#"))


def make_builder() -> Any:
    """The cffi builder; paths are relative to the root of the source, where setuptools runs."""
    builder = cffi.FFI()
    builder.cdef(declarations(HEADER.read_text(encoding="utf-8")))
    builder.set_source(
        "mimi.click._capi",
        '#include "mimi_click.h"',
        include_dirs=["runtime/capi"],
        libraries=["mimiclick"],
        library_dirs=["build"],
        extra_link_args=["-Wl,-rpath,$ORIGIN/../_bin", "-Wl,-rpath,$ORIGIN/../../build"],
    )
    return builder


ffibuilder = make_builder()

if __name__ == "__main__":
    os.chdir(ROOT)
    ffibuilder.compile(target="_capi.abi3.so", verbose=False)  # the name setuptools gives it too
