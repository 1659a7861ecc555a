# SPDX-License-Identifier: Apache-2.0
"""Builds what is not Python: the engine, its program and its binding. Everything declarative is in pyproject.toml.

A wheel carries, inside the package ``mimi``:

``_bin/``        ``mimi-click`` and ``libmimiclick.so``
``_include/``    the headers that user elements are compiled against
``_elements/``   the sources of MiMi's elements, for an installed Click or FastClick
``templates/``, ``configs/``   the Click templates and the sample pairing files

An editable install builds ``_bin/`` and the binding in place and takes the rest from the checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
PRODUCTS = ("libmimiclick.so", "mimi-click")
DATA = {"_include": "runtime/include", "_elements": "elements", "templates": "templates", "configs": "configs"}


class BuildEngine(build_ext):
    """Builds the engine before the binding that links to it, and stages what the package carries."""

    def run(self) -> None:
        """Make, stage, then let setuptools build the binding."""
        jobs = os.environ.get("MIMI_BUILD_JOBS") or str(os.cpu_count() or 1)
        subprocess.run(["make", f"-j{jobs}", "-f", "runtime/build.mk"], cwd=ROOT, check=True)
        in_place = bool(self.inplace or getattr(self, "editable_mode", False))
        package = ROOT / "mimi" if in_place else Path(self.build_lib).resolve() / "mimi"
        (package / "_bin").mkdir(parents=True, exist_ok=True)
        for product in PRODUCTS:
            self._replace(ROOT / "build" / product, package / "_bin" / product, strip=not in_place)
        if not in_place:
            for name, source in DATA.items():
                shutil.copytree(ROOT / source, package / name, dirs_exist_ok=True)
        super().run()

    @staticmethod
    def _replace(source: Path, target: Path, *, strip: bool) -> None:
        """Copy through a new file: a program that runs cannot be written to. A wheel leaves the debug information out."""
        fresh = target.with_name(target.name + ".new")
        shutil.copy2(source, fresh)
        if strip and shutil.which("strip"):
            subprocess.run(["strip", "--strip-debug", fresh], check=True)
        fresh.replace(target)


setup(cffi_modules=["mimi/click/_cffi_build.py:ffibuilder"], cmdclass={"build_ext": BuildEngine})
