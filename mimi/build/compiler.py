# SPDX-License-Identifier: Apache-2.0
"""What a compiler said, as a problem: the place of its first error, its words, and what helps when that is known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from mimi.errors import Problem

_ERROR: Final = re.compile(r"^(?P<place>[^\s:][^:\n]*:\d+(?::\d+)?): (?:fatal )?error: (?P<words>.*)$", re.MULTILINE)

_HINTS: Final = (
    (r"(click/\S+|clicknet/\S+): No such file", "this engine has no such header; docs/engines.md tells which engine has what"),
    (r"No such file or directory", "includes are looked for in the directory of the package, its parent, and the engine's headers"),
    (r"PacketBatch|BatchElement|push_batch|HAVE_BATCH", "Click has no batches: keep what needs them inside `#if HAVE_BATCH` … `#endif`"),
    (r"abstract class type|pure virtual", "an element defines class_name(), and port_count() unless it has no ports"),
    (r"marked .?override.?, but does not override", "compare the method's signature with click/element.hh of this engine"),
    (r"fold-expressions|-std=c\+\+|only available with", "an element for every engine is C++11: FastClick is built with -std=gnu++11"),
    (r"undefined reference|cannot find -l", "name the libraries with ELEMENT_LIBS((-lNAME)) in the .cc file"),
    (r"multiple definition of", "a function in a header must be inline; a class name may be used once"),
)


def compile_problem(words: str, about: Path) -> Problem:
    """One failed compilation of ``about``."""
    first = _ERROR.search(words)
    place = first["place"] if first else str(about)
    hint = next((hint for pattern, hint in _HINTS if re.search(pattern, first["words"] if first else words)), "")
    return Problem("the compiler refused it", place=place, found=words.strip() or "it ended without a word", hint=hint)
