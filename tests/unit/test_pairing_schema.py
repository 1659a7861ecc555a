# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema says the same as the model, and the committed copy says the same as the generator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command import CONFIGS, GOLDEN

from mimi.pairing.schema import pairing_schema, schema_text
from mimi.pairing.shape import _known_paths
from mimi.pairing.yamltree import read_tree

SCHEMA = pairing_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def test_the_committed_schema_is_fresh() -> None:
    assert (CONFIGS / "pairing.schema.json").read_text() == schema_text(), "refresh it: mimi schema > configs/pairing.schema.json"


def test_it_is_draft_07() -> None:
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert "$defs" not in json.dumps(SCHEMA)


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    parts = {"Pairing": schema, **schema["definitions"]}
    return [(f"{name}.{key}", value) for name, part in parts.items() for key, value in part.get("properties", {}).items()]


@pytest.mark.parametrize(("name", "value"), properties(SCHEMA), ids=[name for name, _ in properties(SCHEMA)])
def test_every_key_has_a_description(name: str, value: dict[str, Any]) -> None:
    referred = [SCHEMA["definitions"][r["$ref"].rsplit("/", 1)[1]] for r in [value, *value.get("allOf", ())] if "$ref" in r]
    assert any(len(place.get("description", "")) > 10 for place in [value, *referred]), name


def test_the_schema_knows_every_key_of_the_model() -> None:
    assert {name.rsplit(".", 1)[-1] for name, _ in properties(SCHEMA)} == {
        path.rsplit(".", 1)[-1].removesuffix("[]") for path in _known_paths()
    }


@pytest.mark.parametrize("path", [*sorted(CONFIGS.glob("*.yaml")), *sorted((GOLDEN / "good").glob("*.yaml"))], ids=lambda p: p.stem)
def test_good_files_follow_it(path: Path) -> None:
    assert [e.message for e in VALIDATOR.iter_errors(read_tree(path.read_bytes()).value)] == []


SHAPE_ERRORS = [
    "unknown-key",
    "missing-keys-deep",
    "port-in-quotes",
    "port-out-of-range",
    "number-as-name",
    "address-as-number",
    "word-misspelt",
    "mac-wrong",
    "empty-lists",
    "list-forgotten",
    "missing-sections",
    "type-of-another",
    "nat-no-inside",
    "nat-pool-words",
    "nat-static-words",
    "firewall-words",
]


@pytest.mark.parametrize("name", SHAPE_ERRORS)
def test_an_editor_sees_wrong_shapes_too(name: str) -> None:
    assert not VALIDATOR.is_valid(read_tree((GOLDEN / "bad" / f"{name}.yaml").read_bytes()).value)
