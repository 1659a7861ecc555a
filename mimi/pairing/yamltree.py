# SPDX-License-Identifier: Apache-2.0
"""YAML text to plain values, with the place of every value and every key.

Scalars follow YAML 1.2: ``12:30:45`` and ``on`` are text, ``010`` is text, ``true`` and ``0x10`` are what they look like.
YAML 1.1, PyYAML's own reading, makes numbers and booleans of the first three. Duplicate keys are refused; anchors,
aliases and merge keys (``<<``) work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from yaml.composer import Composer
from yaml.error import MarkedYAMLError, YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from mimi.errors import Problem

Place = tuple[int, int]
"""Line and column, both from 1."""

_TAG = "tag:yaml.org,2002:"
_MAX_BYTES = 8 * 1024 * 1024
_MAX_NODES = 200_000
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)|0x[0-9A-Fa-f]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class _Resolver(BaseResolver):
    """The YAML 1.2 core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML declares it so


_Resolver.add_implicit_resolver(f"{_TAG}bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Resolver.add_implicit_resolver(f"{_TAG}null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Resolver.add_implicit_resolver(f"{_TAG}int", re.compile(f"^(?:{_INT.pattern})$"), list("-+0123456789"))
_Resolver.add_implicit_resolver(f"{_TAG}float", re.compile(f"^(?:{_FLOAT.pattern})$"), list("-+.0123456789"))
_Resolver.add_implicit_resolver(f"{_TAG}merge", re.compile(r"^<<$"), ["<"])


class _Loader(Reader, Scanner, Parser, Composer, _Resolver):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        _Resolver.__init__(self)


def format_path(path: tuple[int | str, ...]) -> str:
    """``("vips", 0, "port")`` as ``vips[0].port``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class Tree:
    """A YAML document: its value, and where everything in it stands. Paths are written as ``format_path`` writes them."""

    value: object = None
    places: dict[str, Place] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    quoted: set[str] = field(default_factory=set)
    problems: list[tuple[Place, Problem]] = field(default_factory=list)

    def place(self, path: str) -> Place:
        """Where ``path`` stands, or the closest part around it that is in the document."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places.get("", (1, 1))


def read_tree(data: bytes) -> Tree:
    """Parse one YAML document. Never raises for bad input: the tree's ``problems`` say what is wrong."""
    problem = _refuse_bytes(data)
    if problem is not None:
        return Tree(problems=[problem])
    loader = None
    try:
        loader = _Loader(data.decode())
        root = loader.get_single_node()
    except YAMLError as error:
        return Tree(problems=[_syntax_problem(error)])
    except RecursionError:
        return Tree(problems=[((1, 1), Problem("nested too deeply", expected="at most some hundred levels"))])
    if root is None or (isinstance(root, ScalarNode) and root.tag == f"{_TAG}null"):
        return Tree(problems=[((1, 1), Problem("the file is empty", expected="a pairing", hint="start from configs/minimal.yaml"))])
    return _Reading().read(root)


def _refuse_bytes(data: bytes) -> tuple[Place, Problem] | None:
    """What is not text we read: too large, other encodings, binary."""
    start = (1, 1)
    if len(data) > _MAX_BYTES:
        return start, Problem("the file is too large", expected=f"at most {_MAX_BYTES} bytes", found=f"{len(data)} bytes")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start, Problem("the file is UTF-16 text", expected="UTF-8 text", hint="save it as UTF-8 without byte order mark")
    if data.startswith(b"\xef\xbb\xbf"):
        return start, Problem(
            "the file starts with a byte order mark", expected="UTF-8 text without one", hint="save it as UTF-8 without BOM"
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return _place_in(data, error.start), Problem(
            "the file is not UTF-8 text", expected="UTF-8", found=f"byte 0x{data[error.start]:02x}"
        )
    position = next((i for i, character in enumerate(text) if ord(character) < 32 and character not in "\t\n\r"), None)
    if position is None:
        return None
    place = _place_in(text[:position].encode(), None)
    return place, Problem(
        "the file holds a control character", expected="text", found=f"U+{ord(text[position]):04X}", hint="is it a binary file?"
    )


def _place_in(data: bytes, position: int | None) -> Place:
    before = data[:position].decode(errors="replace")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _syntax_problem(error: YAMLError) -> tuple[Place, Problem]:
    if isinstance(error, MarkedYAMLError):
        text = error.problem or error.context or "cannot be read"
        # What is never closed is found at the end of the file; the place to look at is where it was opened.
        unclosed = error.context_mark if "end" in text and "stream" in text else None
        mark = unclosed or error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if "'\\t'" in text:
            return place, Problem("a tab is used as indentation", expected="spaces", found="a tab", hint="YAML indents with spaces only")
        if "but found another document" in text:
            return place, Problem("the file holds more than one document", expected="one pairing per file", found="---")
        context = f"{error.context}, " if error.context and error.context != text else ""
        return place, Problem(f"not valid YAML: {context}{text}", hint=_syntax_hint(text))
    if isinstance(error, ReaderError):
        return (1, 1), Problem("the file holds a character YAML does not allow", expected="text", found=f"U+{error.character:04X}")
    return (1, 1), Problem(f"not valid YAML: {error}")


def _syntax_hint(text: str) -> str:
    if "mapping values are not allowed" in text:
        return "check the indentation, or put text that holds ': ' in quotes"
    if "undefined alias" in text:
        return "define the anchor (&name) before it is used, or put text that starts with * in quotes"
    if "cannot start any token" in text:
        return "put text that starts with @ ` % in quotes"
    return "check indentation, quotes and brackets at this place and just before it"


class _Refused(Exception):
    """Reading cannot go on; the problem is already noted."""


class _Reading:
    """One walk over the node tree."""

    def __init__(self) -> None:
        self._tree = Tree()
        self._open: set[int] = set()
        self._nodes = 0

    def read(self, root: Node) -> Tree:
        """Convert ``root``; what cannot be converted becomes a problem and the value None."""
        tree = self._tree
        try:
            value = self._convert(root, ())
        except _Refused:
            value = None
        except RecursionError:
            self._refuse(root, (), "nested too deeply", expected="at most some hundred levels")
            value = None
        return Tree(value, tree.places, tree.keys, tree.quoted, tree.problems)

    def _refuse(self, node: Node, path: tuple[int | str, ...], message: str, **details: str) -> None:
        self._tree.problems.append((_start(node), Problem(message, path=format_path(path), **details)))  # type: ignore[arg-type]

    def _convert(self, node: Node, path: tuple[int | str, ...]) -> object:
        self._nodes += 1
        if self._nodes > _MAX_NODES:
            self._refuse(node, path, "the file is too large after its aliases are filled in", expected=f"at most {_MAX_NODES} values")
            raise _Refused
        if id(node) in self._open:
            self._refuse(node, path, "an alias refers to the part it is in")
            raise _Refused
        self._tree.places[format_path(path)] = _start(node)
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        self._open.add(id(node))
        try:
            if isinstance(node, SequenceNode):
                self._expect_tag(node, path, "seq")
                return [self._convert(item, (*path, index)) for index, item in enumerate(node.value)]
            assert isinstance(node, MappingNode)
            self._expect_tag(node, path, "map")
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _expect_tag(self, node: Node, path: tuple[int | str, ...], kind: str) -> None:
        if node.tag != _TAG + kind:
            self._refuse(node, path, "a tag is used", expected="plain YAML", found=node.tag.replace(_TAG, "!!"), hint="remove the tag")

    def _scalar(self, node: ScalarNode, path: tuple[int | str, ...]) -> object:
        text, kind = str(node.value), node.tag.removeprefix(_TAG)
        if node.style in ("'", '"'):
            self._tree.quoted.add(format_path(path))
        if kind in ("str", "merge"):
            return text
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if kind == "int" and _INT.fullmatch(text):
            return int(text, 0) if text.startswith(("0x", "0o")) else int(text)
        if kind in ("int", "float") and _FLOAT.fullmatch(text):
            return float(text)
        self._refuse(node, path, "a tag is used", expected="plain YAML", found=node.tag.replace(_TAG, "!!"), hint="remove the tag")
        return text

    def _mapping(self, node: MappingNode, path: tuple[int | str, ...]) -> dict[str, object]:
        result: dict[str, object] = {}
        seen: dict[str, Place] = {}
        for key_node, value_node in self._pairs_without_duplicates(node, path, seen):
            if key_node.tag == f"{_TAG}merge":
                merged = self._merged(value_node, path)
                # Keys of the mapping itself win over merged ones, wherever they stand.
                result = {**merged, **result}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key_node.tag == f"{_TAG}merge" or seen.get(key) != _start(key_node):
                continue
            self._tree.keys[format_path((*path, key))] = _start(key_node)
            if key in result:
                self._forget(format_path((*path, key)))
            result[key] = self._convert(value_node, (*path, key))
        return result

    def _pairs_without_duplicates(self, node: MappingNode, path: tuple[int | str, ...], seen: dict[str, Place]) -> list[tuple[Node, Node]]:
        pairs = []
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key in seen:
                line, column = seen[key]
                hint = "merge several with <<: [*a, *b]" if key == "<<" else "keep one of the two"
                self._refuse(
                    key_node, (*path, key), f'the key "{key}" is given twice', found=f"first at line {line}, column {column}", hint=hint
                )
                continue
            seen[key] = _start(key_node)
            pairs.append((key_node, value_node))
        return pairs

    def _key(self, node: Node) -> str:
        return str(node.value) if isinstance(node, ScalarNode) else "(not text)"

    def _merged(self, node: Node, path: tuple[int | str, ...]) -> dict[str, object]:
        """The keys that ``<<: *alias`` (or a list of aliases, the first winning) brings in."""
        sources = node.value if isinstance(node, SequenceNode) else [node]
        result: dict[str, object] = {}
        for source in reversed(sources):
            if not isinstance(source, MappingNode):
                self._refuse(
                    source,
                    (*path, "<<"),
                    "a merge key needs a mapping",
                    expected="<<: *anchor of a mapping",
                    found="a list" if isinstance(source, SequenceNode) else "a single value",
                )
                continue
            here = self._tree.places.get(format_path(path))
            merged = self._convert(source, path)
            if here is not None:
                self._tree.places[format_path(path)] = here
            assert isinstance(merged, dict)
            result.update(merged)
        return result

    def _forget(self, path: str) -> None:
        """Drop the places below a merged value that is being replaced."""
        for table in (self._tree.places, self._tree.keys):
            for known in [p for p in table if p.startswith((f"{path}.", f"{path}["))]:
                del table[known]


def _start(node: Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1
