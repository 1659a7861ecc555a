# SPDX-License-Identifier: Apache-2.0
"""Find the elements that C++ sources export and write the file that registers them.

Standard library only: the runtime's makefile runs this file with the system's Python before anything is installed::

    python3 mimi/build/scan.py --root . --output build/elementlist.cc runtime/elements elements
    python3 mimi/build/scan.py --root DIR --package NAME --output main.cc DIR

An element is exported by ``EXPORT_ELEMENT(Class)`` in its ``.cc`` file (``EXPORT_ELEMENT(Class-Name)`` gives it another
name in configurations). Its class is declared in the header of the same name, or in another header beside it.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

_COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_MACRO = re.compile(
    r"^[ \t]*(EXPORT_ELEMENT|ELEMENT_REQUIRES|ELEMENT_PROVIDES|ELEMENT_HEADER|ELEMENT_LIBS)[ \t]*\(((?:[^()]|\([^()]*\))*)\)",
    re.MULTILINE,
)
_ELEMENT_CLASS = re.compile(r"\b(?:class|struct)\s+(\w+)\b[^;{()]*:\s*public\s+\w*Element\b[^;{()]*\{")
_CLASS_NAME = re.compile(r'\bclass_name\s*\(\s*\)[^{;]*\{\s*return\s+"([^"]+)"\s*;')
_HOOK = re.compile(r"\bstatic\s+void\s+(static_initialize|static_cleanup)\s*\(")
_PROVIDED = frozenset({"userlevel", "int64", "batch", "multithread", "umultithread"})
_FEATURES = frozenset({"batch", "int64", "multithread", "umultithread"})
_DRIVERS = frozenset({"linuxmodule", "bsdmodule", "ns", "minios", "dpdk", "netmap", "tools", "ipsec", "pcap", "ip6", "flow", "ctx"})


class ScanError(Exception):
    """A source exports an element whose class cannot be found."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One exported element: its C++ class, its name in configurations (empty: ask an instance) and its files.

    ``hooks`` are those of ``static_initialize`` and ``static_cleanup`` that the class has.
    """

    cxx_class: str
    name: str
    source: Path
    header: Path
    hooks: frozenset[str] = frozenset()


def strip_comments(text: str) -> str:
    """The text without comments; string literals stay."""
    return _COMMENT.sub(lambda m: m.group(0) if m.group(0).startswith('"') else " ", text)


def class_body(text: str, cxx_class: str) -> str | None:
    """The text from the definition of ``cxx_class`` up to its closing brace, or None."""
    start = re.search(rf"\b(?:class|struct)\s+{re.escape(cxx_class)}\b(?!\s*;)[^;{{]*\{{", text)
    if start is None:
        return None
    depth = 1
    for at in range(start.end(), len(text)):
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return text[start.start() : at]
    return text[start.start() :]


def requirements_met(words: list[str], provided: frozenset[str] = _PROVIDED) -> bool:
    """Whether ``ELEMENT_REQUIRES`` words allow a build for an engine; names of other classes are taken as met."""

    def one(word: str) -> bool:
        if word.startswith("!"):
            return not one(word[1:])
        return word in provided or word not in _DRIVERS | _FEATURES

    return all(any(one(choice) for choice in word.split("|")) for word in words)


def _find_header(source: Path, cxx_class: str, named: list[Path]) -> tuple[Path, str]:
    own = [*named, *(source.with_suffix(suffix) for suffix in (".hh", ".h", ".hpp"))]
    others = sorted(set(source.parent.glob("*.hh")) - set(own))
    for header in [path for path in own if path.is_file()] + others:
        body = class_body(strip_comments(header.read_text(encoding="utf-8", errors="replace")), cxx_class)
        if body is not None:
            return header, body
    raise ScanError(f"{source}: exports {cxx_class}, but no header beside it declares that class")


def _macros(source: Path) -> list[tuple[str, list[str]]]:
    text = strip_comments(source.read_text(encoding="utf-8", errors="replace"))
    return [(m.group(1), m.group(2).replace(",", " ").split()) for m in _MACRO.finditer(text)]


def scan_file(source: Path, provided: frozenset[str] = _PROVIDED) -> list[Exported]:
    """The elements one ``.cc`` file exports; empty when its requirements exclude this engine."""
    macros = _macros(source)
    if not all(requirements_met(words, provided) for macro, words in macros if macro == "ELEMENT_REQUIRES"):
        return []
    named = [source.parent / word.strip('<>"') for macro, words in macros if macro == "ELEMENT_HEADER" for word in words]
    found: list[Exported] = []
    for macro, words in macros:
        if macro != "EXPORT_ELEMENT":
            continue
        for word in words:
            cxx_class, _, given = word.partition("-")
            header, body = _find_header(source, cxx_class, named)
            scanned = _CLASS_NAME.search(body)
            name = given or (scanned.group(1) if scanned else "")
            found.append(Exported(cxx_class, name, source, header, frozenset(_HOOK.findall(body))))
    return found


def sources(directories: list[Path]) -> list[Path]:
    """Every ``.cc`` file below the directories, sorted."""
    return sorted({path for directory in directories for path in directory.rglob("*.cc")})


def c_sources(directories: list[Path]) -> list[Path]:
    """Every ``.c`` file below the directories, sorted: plain C that elements call."""
    return sorted({path for directory in directories for path in directory.rglob("*.c")})


def buildable(files: list[Path], provided: frozenset[str] = _PROVIDED) -> list[Path]:
    """The files whose ``ELEMENT_REQUIRES`` an engine meets, and that need nothing of a file it does not meet."""
    macros = {path: _macros(path) for path in files}

    def words(path: Path, macro: str) -> list[str]:
        return [word.partition("-")[0] for name, found in macros[path] if name == macro for word in found]

    out: set[Path] = set()
    while True:
        lost = {word for path in out for macro in ("EXPORT_ELEMENT", "ELEMENT_PROVIDES") for word in words(path, macro)}
        needs = {path: words(path, "ELEMENT_REQUIRES") for path in files if path not in out}
        more = {path for path, need in needs.items() if not requirements_met(need, provided) or lost & set(need)}
        if not more:
            return [path for path in files if path not in out]
        out |= more


def scan(files: list[Path], provided: frozenset[str] = _PROVIDED) -> list[Exported]:
    """The elements of all files for an engine that provides ``provided``, in order, each export once."""
    seen: dict[tuple[str, str, Path], Exported] = {}
    for source in buildable(files, provided):
        for element in scan_file(source, provided):
            seen.setdefault((element.cxx_class, element.name, element.source), element)
    return list(seen.values())


def libraries(files: list[Path]) -> list[str]:
    """The words of ``ELEMENT_LIBS`` in the files, such as ``-lz``, each once."""
    words = (word.strip("()") for source in files for macro, words in _macros(source) if macro == "ELEMENT_LIBS" for word in words)
    return list(dict.fromkeys(word for word in words if word))


def unexported(files: list[Path]) -> list[str]:
    """Classes in and beside the files that derive from Element: candidates when nothing is exported."""
    places = sorted({*files, *(header for source in files for header in source.parent.glob("*.h*"))})
    texts = (strip_comments(path.read_text(encoding="utf-8", errors="replace")) for path in places)
    return list(dict.fromkeys(match.group(1) for text in texts for match in _ELEMENT_CLASS.finditer(text)))


def _factories(elements: list[Exported], root: Path) -> list[str]:
    headers = sorted({element.header.resolve().relative_to(root.resolve()).as_posix() for element in elements})
    lines = [f'#include "{header}"' for header in headers]
    lines += ["", "namespace {", ""]
    for at, element in enumerate(elements):
        lines.append(f"Element *make_{at}(uintptr_t) {{ return new {element.cxx_class}; }}")
    lines += ["", "}  // namespace", ""]
    return lines


def _calls(elements: list[Exported], hook: str) -> list[str]:
    """What a class sets up before its first element, and takes down after the last, once however many names it has."""
    classes = dict.fromkeys(element.cxx_class for element in elements if hook in element.hooks)
    return [f"    {cxx_class}::{hook}();" for cxx_class in classes]


def _name(element: Exported) -> str:
    return f'"{element.name}"' if element.name else "nullptr"


_REGISTER = """
void add(const char *name, Element *(*factory)(uintptr_t))
{
    if (name) {
        click_add_element_type(name, factory, 0);
        return;
    }
    std::unique_ptr<Element> sample(factory(0));
    click_add_element_type(sample->class_name(), factory, 0);
}
"""
_HEAD = [
    "// Generated by mimi/build/scan.py: do not edit.",
    "#include <click/config.h>",
    "#include <click/element.hh>",
    "#include <click/package.hh>",
    "#include <cstdint>",
    "#include <memory>",
]


def element_list(elements: list[Exported], root: Path, provides: list[str]) -> str:
    """C++ that defines ``click_export_elements()``: it registers every element that is linked in, and their packages."""
    lines = [*_HEAD, *_factories(elements, root), "static" + _REGISTER.replace("\n", " ", 1)]
    lines += ["void click_export_elements();", "void click_export_elements()", "{"]
    lines += [f"    add({_name(element)}, make_{at});" for at, element in enumerate(elements)]
    lines += [f'    click_provide("{package}");' for package in provides]
    lines += _calls(elements, "static_initialize")
    return "\n".join([*lines, "}", ""])


def package_main(elements: list[Exported], root: Path, package: str, headers: str = "") -> str:
    """C++ with the ``init_module`` and ``cleanup_module`` of a loadable package; ``headers`` is the digest of the engine's."""
    classes = "".join(f"{cxx_class} " for cxx_class in sorted({element.cxx_class for element in elements}))
    tag = [f'#define CLICK_PACKAGE_HEADERS "{headers}"', f'#define CLICK_PACKAGE_CLASSES "{classes}"']
    lines = [_HEAD[0], *tag, *_HEAD[1:], *_factories(elements, root), f"static int types[{max(1, len(elements))}];", ""]
    lines += ['extern "C" int init_module()', "{", f'    click_provide("{package}");']
    for at, element in enumerate(elements):
        lines.append(f'    types[{at}] = click_add_element_type("{element.name or element.cxx_class}", make_{at}, 0);')
    lines += ["    for (int type : types)", "        if (type < 0)", "            return -1;", *_calls(elements, "static_initialize"), "    return 0;", "}", ""]
    lines += ['extern "C" void cleanup_module()', "{", "    for (int type : types)"]
    lines += ["        click_remove_element_type(type);", *_calls(elements, "static_cleanup")]
    lines += [f'    click_unprovide("{package}");', "}", ""]
    return "\n".join(lines)


def write_if_changed(path: Path, text: str) -> None:
    """Write the file only when its text changes, so that make sees no news where there is none."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    """The command line the makefile uses; 1 when a class cannot be found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="directory that includes are relative to")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--package", default="", help="write a package's init_module instead")
    parser.add_argument("--provide", action="append", default=[], help="a package whose elements are linked in")
    parser.add_argument("directories", type=Path, nargs="+")
    options = parser.parse_args(argv)
    try:
        elements = scan(sources(options.directories))
    except ScanError as error:
        print(error, file=sys.stderr)
        return 1
    package = options.package
    text = package_main(elements, options.root, package) if package else element_list(elements, options.root, options.provide)
    write_if_changed(options.output, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
