# SPDX-License-Identifier: Apache-2.0
"""What the model's validation says, in the user's words: expected, found, and what to do about it."""

from __future__ import annotations

import difflib
import json
import types
import typing
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from mimi.errors import Problem
from mimi.pairing.model import Pairing
from mimi.pairing.parts import PATTERN_WORDS
from mimi.pairing.sections import SECTION_NAMES, Sections
from mimi.pairing.yamltree import Place, Tree, format_path

_Location = tuple[int | str, ...]

_EXPECTED = {
    "ip_address": "an address such as 10.1.0.100 or 2001:db8:1::100",
    "ip_network": "a network such as 10.1.0.0/16 or 2001:db8:1::/64",
    "ip_v4_network": "an IPv4 network such as 10.1.0.0/16",
    "ip_v6_network": "an IPv6 network such as fd01:203:405::/48",
    "prefix_length_missing6": "an IPv6 network with its length, such as fd01:203:405::/48",
    "ip_prefix": "a network such as 10.1.0.0/16 or 2001:db8:1::/64, an address, or any",
    "address_range_any": "addresses such as 10.1.0.1, 10.1.0.1-10.1.0.4, 10.1.0.0/30 or 2001:db8:1::1-2001:db8:1::4",
    "address_range": "IPv4 addresses such as 203.0.113.1, 203.0.113.1-203.0.113.4 or 203.0.113.0/30",
    "address_range_backwards": "the lower address first",
    "port_range": "a port from 1 to 65535, or a range such as 8000-8100",
    "port_range_backwards": "the lower port first",
    "endpoint": "an address, perhaps with ports: 203.0.113.1, 203.0.113.1:80 or 203.0.113.1:8000-8099",
    "ip_interface": "an address with prefix length such as 10.1.0.254/16 or 2001:db8:1::fe/64",
    "prefix_length_missing": "an address with prefix length such as 10.1.0.254/16 or 2001:db8:1::fe/64",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
}


def describe(value: object) -> str:
    """A value as a user would call it, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {json.dumps(value if len(value) <= 60 else value[:57] + '...', ensure_ascii=False)}"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    return "a mapping"


def shape_problems(error: ValidationError, tree: Tree) -> Iterator[tuple[Place, Problem]]:
    """One problem per validation error, with its place. Echoes of another error (an invalid item makes a list "too short") are left out."""
    for details in error.errors(include_url=False):
        if details["type"] == "too_short" and details["input"]:
            continue
        path = format_path(details["loc"])
        place = tree.keys.get(path, tree.place(path)) if details["type"] == "extra_forbidden" else tree.place(path)
        yield place, _problem(details, path, path in tree.quoted)


def _problem(details: ErrorDetails, path: str, quoted: bool) -> Problem:
    kind, value, location = details["type"], details["input"], details["loc"]
    if kind == "missing":
        return Problem(f'the key "{location[-1]}" is missing', path=path, expected=_description(location))
    if kind == "extra_forbidden":
        return Problem(f'unknown key "{location[-1]}"', path=path, hint=_key_hint(location))
    expected, hint = _expected(details), _value_hint(details, quoted)
    message = "wrong type" if kind.endswith("_type") or kind == "int_from_float" else "wrong value"
    if value is None:
        message, hint = "the value is missing", hint or "give a value, or remove the key"
    return Problem(message, path=path, expected=expected, found=describe(value), hint=hint)


def _expected(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "literal_error":
        return "one of " + ", ".join(_literals(details)) if len(_literals(details)) > 1 else _literals(details)[0]
    if kind == "word_or_number":
        return f"one of {context['expected']}, or a number from 0 to 255"
    if kind == "string_pattern_mismatch":
        return PATTERN_WORDS.get(context["pattern"], f"text matching {context['pattern']}")
    if kind in ("greater_than_equal", "less_than_equal", "int_type", "int_from_float"):
        low, high = _bounds(details["loc"])
        return "a whole number" + (f" from {low} to {high}" if high is not None else f", at least {low}" if low is not None else "")
    if kind == "too_short":
        return f"at least {context['min_length']} item"
    if kind == "string_too_short":
        return f"text of at least {context['min_length']} character"
    if kind == "string_too_long":
        return f"text of at most {context['max_length']} characters"
    return _EXPECTED.get(kind, details["msg"])


def _literals(details: ErrorDetails) -> list[str]:
    """The allowed words, out of pydantic's `'a', 'b' or 'c'`."""
    text = str(details.get("ctx", {}).get("expected", ""))
    return [part.strip().strip("'") for part in text.replace(" or ", ", ").split(",")]


def _value_hint(details: ErrorDetails, quoted: bool) -> str:
    kind, value = details["type"], details["input"]
    if kind in ("literal_error", "word_or_number"):
        return _did_you_mean(value, _literals(details))
    if kind == "int_type" and isinstance(value, str):
        return _number_hint(value, quoted)
    if kind == "bool_type" and isinstance(value, str):
        return "write true or false; on, off, yes and no are text" if value.lower() in ("on", "off", "yes", "no", "y", "n") else ""
    if kind == "string_type" and isinstance(value, (int, float)):
        return f'put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
    if kind == "tuple_type" and isinstance(value, (str, int)):
        return f"write a list: [{json.dumps(value)}]" if len(str(value)) <= 40 else "write a list"
    return _address_hint(kind, value) if isinstance(value, str) else ""


def _number_hint(value: str, quoted: bool) -> str:
    if quoted and value.isdecimal():
        return "remove the quotes"
    if value.replace("_", "").isdecimal() and "_" in value:
        return f"write it without underscores: {value.replace('_', '')}"
    if value.isdecimal():
        return f"remove the leading zero: {int(value)}"
    return "12:30-style numbers are not read as numbers" if ":" in value else ""


def _address_hint(kind: str, value: str) -> str:
    only4 = kind in ("ip_v4_network", "address_range", "endpoint")
    if kind in ("ip_network", "ip_v4_network", "ip_v6_network", "ip_prefix", "address_range", "address_range_any") and "/" in value:
        try:
            network = ip_network(value, strict=False)
        except ValueError:
            network = None
        if network is not None and not (only4 and network.version == 6) and not (kind == "ip_v6_network" and network.version == 4):
            one = f"{value.partition('/')[0]}/128, or " if value.endswith("/32") and network.version == 6 else ""
            return f"bits are set beyond the prefix length: did you mean {one}{network}?"
    if "%" in value:
        return "an address with a zone is one machine's own name for it: leave out what begins with %"
    for part in (value.partition("/")[0], value.partition("]")[0].removeprefix("["), value.partition("-")[0]):
        try:
            version = ip_address(part).version
        except ValueError:
            continue
        if version == 6 and only4:
            return "this translates IPv4 alone; IPv6 networks are translated without state (nat.nptv6)"
        if kind == "prefix_length_missing":
            return f"add the network's prefix length, for example {value}/{24 if version == 4 else 64}"
    return ""


def _did_you_mean(value: object, words: list[str]) -> str:
    close = difflib.get_close_matches(str(value), words, n=1)
    return f'did you mean "{close[0]}"?' if close else ""


def _key_hint(location: _Location) -> str:
    key, fields = str(location[-1]), list(_fields(location[:-1]))
    close = [name for name in fields if len(key) > 2 and name.startswith(key)] or difflib.get_close_matches(key, fields, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    homes = [path for path in _known_paths() if path.rsplit(".", 1)[-1].removesuffix("[]") == key]
    if 1 <= len(homes) <= 2:
        return f'"{key}" belongs at {" or ".join(home.removesuffix("[]") for home in homes)}'
    return "known keys here: " + ", ".join(fields)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The part models inside an annotation such as ``tuple[Vip, ...]`` or ``Liveness | None``."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)


def _model_at(location: _Location) -> type[BaseModel]:
    model: type[BaseModel] = Pairing
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            model = next(_models(model.model_fields[part].annotation), model)
    return model


def _fields(location: _Location) -> dict[str, Any]:
    """The fields of the model at a place, by the names that files use."""
    return {information.alias or name: information for name, information in _model_at(location).model_fields.items()}


def _known_paths(model: type[BaseModel] = Pairing, prefix: str = "") -> Iterator[str]:
    """Every path of the model: ``vips[].backends[].port``."""
    for name, information in model.model_fields.items():
        name = information.alias or name  # noqa: PLW2901 - what files call it
        part = next(_models(information.annotation), None)
        many = "[]" if part and "tuple" in str(information.annotation) else ""
        yield f"{prefix}{name}{many}"
        if part is not None:
            yield from _known_paths(part, f"{prefix}{name}{many}.")


def _field_of(location: _Location) -> Any:
    names = [part for part in location if isinstance(part, str)]
    return _fields(tuple(names[:-1])).get(names[-1]) if names else None


def _description(location: _Location) -> str:
    found = _field_of(location)
    return " ".join((found.description or "").split()) if found is not None else ""


def _bounds(location: _Location) -> tuple[int | None, int | None]:
    limits = list(_metadata(_field_of(location)))
    low = next((limit.ge for limit in limits if hasattr(limit, "ge")), None)
    high = next((limit.le for limit in limits if hasattr(limit, "le")), None)
    return low, high


def _metadata(found: Any) -> Iterator[Any]:
    """The constraints of a field, those inside ``Port | None`` too."""
    yield from getattr(found, "metadata", ())
    for option in typing.get_args(getattr(found, "annotation", None)):
        for part in getattr(option, "__metadata__", ()):
            yield from getattr(part, "metadata", ())


def sound_sections(value: dict[str, object]) -> Sections:
    """The top-level sections of a pairing that are well formed by themselves."""
    sound: dict[str, Any] = {}
    for name, information in Pairing.model_fields.items():
        if name not in value or name not in SECTION_NAMES:
            continue
        try:
            sound[name] = TypeAdapter(information.rebuild_annotation()).validate_python(value[name])
        except ValidationError:
            continue
    return Sections(**sound, keys=_given(value), sides=_side_names(value))


def _given(value: dict[str, object]) -> frozenset[str]:
    return frozenset(str(name) for name, inner in value.items() if inner is not None)


def _side_names(value: dict[str, object]) -> frozenset[str] | None:
    minion = value.get("minion")
    interfaces = minion.get("interfaces") if isinstance(minion, dict) else None
    return _given(interfaces) if isinstance(interfaces, dict) else None
