# SPDX-License-Identifier: Apache-2.0
"""What `make install` of a Click leaves, as far as MiMi looks at it: enough to examine, not to compile elements with."""

from __future__ import annotations

from pathlib import Path

CONFIG_H = """#define CLICK_VERSION "2.1"
#define HAVE_DYNAMIC_LINKING 1
#define HAVE_INT64_TYPES 1
"""
CONFIG_MK = "clickprefix=/elsewhere\nclickbuild_includedir=${clickbuild_prefix}/include\nclickbuild_srcdir = ${clickbuild_prefix}/src\n"
PKG_CONFIG_MK = """# build tools
CLICKCC = gcc
CLICKCXX = g++
CLICKCPPFLAGS = -DFROM_CPPFLAGS
CLICKCFLAGS = -O1
CLICKCXXFLAGS = -O3 -g0 -std=gnu++11
CLICKDEFS = -DHAVE_CONFIG_H
CLICKINCLUDES = -I$(clickbuild_includedir) -I$(clickbuild_srcdir) $(unknown)
CLICKLDMODULEFLAGS = -shared
"""
PROGRAM = '#!/bin/sh\ncase "$*" in *"-h version"*) echo 2.1;; esac\n'


def fake_installation(prefix: Path, *, fastclick: bool = False, config: str = CONFIG_H, program: str = PROGRAM) -> Path:
    """Make one below ``prefix``; ``program`` is its ``click``."""
    files = {
        "include/click/config.h": config + ("#define HAVE_BATCH 1\n" if fastclick else ""),
        "include/click/element.hh": "",
        "share/click/config.mk": CONFIG_MK,
        "share/click/pkg-config.mk": PKG_CONFIG_MK,
        "bin/click": program,
    }
    if fastclick:
        files["include/click/batchelement.hh"] = ""
    for name, text in files.items():
        path = prefix / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (prefix / "bin/click").chmod(0o755)
    return prefix
