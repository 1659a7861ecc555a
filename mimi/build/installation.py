# SPDX-License-Identifier: Apache-2.0
"""An installed Click or FastClick: found by its prefix, examined, described as a toolchain.

``make install`` of either leaves, below the prefix, ``bin/click``, its headers in ``include/`` and the compilers and flags
it was built with in ``share/click/*.mk``. Nothing else is used, so the source tree may be gone.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from mimi.build.toolchain import COMMON, Toolchain, flags_of, include_directory
from mimi.errors import MissingError, Problem

Upstream = Literal["click", "fastclick"]

NAMES: Final = {"click": "Click", "fastclick": "FastClick"}
TIMEOUT_S: Final = 30.0
_ASSIGNMENT: Final = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*)\s*[:?]?=\s*(.*)$")
_VARIABLE: Final = re.compile(r"\$[({]([A-Za-z_][A-Za-z0-9_]*)[)}]")
_OWN_BUSINESS: Final = frozenset({"-g0"})
"""Flags of the installation that are a matter of taste, not of compatibility."""


@dataclass(frozen=True, slots=True)
class Installation:
    """One installed engine. ``variables`` are those of its makefiles, ``macros`` those of its ``click/config.h``."""

    engine: Upstream
    prefix: Path
    variables: dict[str, str]
    macros: dict[str, str]

    @property
    def program(self) -> Path:
        """Its ``click``."""
        return self.prefix / "bin" / "click"

    @property
    def version(self) -> str:
        """What its headers call themselves."""
        return self.macros.get("CLICK_VERSION", "").strip('"')

    @property
    def features(self) -> frozenset[str]:
        """What it answers ``ELEMENT_REQUIRES`` with."""
        pairs = {"batch": "HAVE_BATCH", "int64": "HAVE_INT64_TYPES", "umultithread": "HAVE_USER_MULTITHREAD"}
        return frozenset({"userlevel", *(word for word, macro in pairs.items() if self.macros.get(macro, "0") != "0")})

    def toolchain(self) -> Toolchain:
        """How to compile for it: its own compiler, its own flags, its own headers and our ``mimi/``."""
        words = {name: tuple(shlex.split(value)) for name, value in self.variables.items()}
        common = (*words.get("CLICKCPPFLAGS", ()), *words.get("CLICKDEFS", ()), *COMMON)
        cxxflags = _taken(words.get("CLICKCXXFLAGS", ()))
        return Toolchain(
            engine=self.engine,
            cxx=words.get("CLICKCXX") or ("g++",),
            cc=words.get("CLICKCC") or ("gcc",),
            cxxflags=(*cxxflags, *common, *flags_of("CXXFLAGS")),
            ccflags=(*_taken(words.get("CLICKCFLAGS", ())), *common, *flags_of("CFLAGS")),
            ldflags=(*cxxflags, *(words.get("CLICKLDMODULEFLAGS") or ("-shared",)), "-pthread", *flags_of("CXXFLAGS")),
            includes=_include_directories(words.get("CLICKINCLUDES", ()), self.prefix),
            mimi_headers=include_directory(),
            features=self.features,
            loader=self.program,
        )


def find_installation(engine: Upstream, prefix: Path | None = None) -> Installation:
    """The installed engine below ``prefix``, without one that of the ``click`` on PATH.

    Raises:
        MissingError: it is not there, is something else, is of the other kind, or cannot load packages.
    """
    root = _prefix_of_path(engine) if prefix is None else prefix.resolve()
    _look(engine, root)
    variables = {"clickbuild_prefix": str(root)}
    for name in ("config.mk", "pkg-config.mk"):
        variables |= _read_makefile(root / "share/click" / name, variables)
    macros = _read_config(root, variables)
    has_batches = (root / "include/click/batchelement.hh").is_file()
    kind: Upstream = "fastclick" if has_batches else "click"
    if kind != engine:
        raise MissingError(
            Problem("the prefix holds the other engine", str(root), "", NAMES[kind], NAMES[engine], f"say engine {kind} for this prefix")
        )
    found = Installation(engine, root, variables, macros)
    _refuse_unfit(found)
    return found


def _prefix_of_path(engine: Upstream) -> Path:
    program = shutil.which("click")
    if program is None:
        hint = f"say where {NAMES[engine]} is installed: --prefix DIR, or minion.prefix in a pairing"
        raise MissingError(Problem(f"no {NAMES[engine]} found", found="no `click` on PATH", hint=hint))
    read_version(Path(program))  # three programs are called click
    return Path(program).resolve().parent.parent


def _look(engine: Upstream, root: Path) -> None:
    """Refuse a prefix that lacks what ``make install`` leaves, with the likely reason."""
    hint = f"give the directory that {NAMES[engine]} was configured with (./configure --prefix=DIR; make install)"
    if not root.is_dir():
        raise MissingError(Problem(f"no {NAMES[engine]} there", str(root), found="no such directory", hint=hint))
    if (root / "configure.ac").is_file() or (root / "userlevel/click.cc").is_file():
        hint = "run `make install` in it and give the prefix it installs to"
        raise MissingError(Problem("that is a source tree, not an installation", str(root), expected="a prefix", hint=hint))
    wanted = ("bin/click", "include/click/config.h", "include/click/element.hh", "share/click/config.mk", "share/click/pkg-config.mk")
    missing = [name for name in wanted if not (root / name).is_file()]
    if missing:
        raise MissingError(Problem(f"no {NAMES[engine]} there", str(root), found=f"no {', '.join(missing)}", hint=hint))


def _read_makefile(file: Path, known: dict[str, str]) -> dict[str, str]:
    """The plain assignments of a makefile, with variables filled in; unknown ones are empty, as in make."""
    values = dict(known)
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        match = _ASSIGNMENT.match(line)
        if match:
            values[match[1]] = _VARIABLE.sub(lambda m: values.get(m[1], ""), match[2]).strip()
    return values


def _read_config(root: Path, variables: dict[str, str]) -> dict[str, str]:
    """The macros that ``click/config.h`` leaves defined, by the installation's own compiler."""
    compiler = shlex.split(variables.get("CLICKCXX", "")) or ["g++"]
    flags = [*shlex.split(variables.get("CLICKCXXFLAGS", "")), "-DHAVE_CONFIG_H", "-DCLICK_USERLEVEL"]
    command = [*compiler, *flags, f"-I{root / 'include'}", "-dM", "-E", "-x", "c++", "-"]
    try:
        done = subprocess.run(
            command, input="#include <click/config.h>\n", capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, check=False
        )
    except FileNotFoundError as error:
        hint = "install the compiler that it was built with"
        raise MissingError(Problem("no C++ compiler", str(root / "share/click/pkg-config.mk"), found=compiler[0], hint=hint)) from error
    if done.returncode != 0:
        place = str(root / "include/click/config.h")
        raise MissingError(Problem("its headers cannot be used", place, found=done.stderr.strip(), hint="install it again"))
    lines = (line.split(None, 2) for line in done.stdout.splitlines() if line.startswith("#define "))
    return {words[1]: words[2] if len(words) > 2 else "" for words in lines}


def _refuse_unfit(found: Installation) -> None:
    name = NAMES[found.engine]
    if found.macros.get("HAVE_DYNAMIC_LINKING", "0") == "0":
        raise MissingError(
            Problem(
                f"this {name} cannot load packages",
                str(found.prefix),
                found="it was configured with --disable-dynamic-linking",
                hint="configure it without that option, then make install",
            )
        )
    version = read_version(found.program)
    if version != found.version:
        raise MissingError(
            Problem(
                f"the program and the headers of {name} are of two versions",
                str(found.prefix),
                found=f"program {version}, headers {found.version}",
                hint="install it again",
            )
        )


def read_version(program: Path) -> str:
    """The version a ``click`` program tells through its handler (``--version`` of some FastClicks crashes).

    Raises:
        MissingError: it does not run, or is other software of that name.
    """
    command = [str(program), "-q", "-e", "Idle -> Discard;", "-h", "version"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError(Problem("cannot run it", str(program), found=str(error), hint="install it again")) from error
    version = done.stdout.strip()
    if done.returncode != 0 or not re.fullmatch(r"\d+\.\d+\S*", version):
        words = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
        raise MissingError(Problem("it is no Click that runs here", str(program), found=words, expected="the modular router"))
    return version


def _taken(flags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(flag for flag in flags if flag not in _OWN_BUSINESS)


def _include_directories(flags: tuple[str, ...], prefix: Path) -> tuple[Path, ...]:
    """The directories of ``-I`` words that exist; the installation's own headers come first."""
    named = [Path(flag[2:]) for flag in flags if flag.startswith("-I") and len(flag) > 2]
    return tuple(dict.fromkeys((prefix / "include", *(path for path in named if path.is_dir()))))
