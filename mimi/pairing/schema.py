# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of pairing files, generated from the model, in the draft-07 dialect that YAML editors speak."""

from __future__ import annotations

import json
from typing import Any

from mimi.pairing.model import Pairing

_DIALECT = "http://json-schema.org/draft-07/schema#"


def pairing_schema() -> dict[str, Any]:
    """The schema as a value. It knows the shapes; what parts must be to each other only ``mimi validate`` knows."""
    schema = Pairing.model_json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs")
    fixed = _draft_07({"title": "MiMi pairing", **{k: v for k, v in schema.items() if k != "title"}, "definitions": definitions})
    return {"$schema": _DIALECT, **fixed}


def schema_text() -> str:
    """The schema as the text of ``configs/pairing.schema.json``."""
    return json.dumps(pairing_schema(), indent=2, ensure_ascii=False) + "\n"


def _draft_07(value: Any) -> Any:
    """Draft-07 ignores what stands beside ``$ref``, so a reference with a description moves into ``allOf``."""
    if isinstance(value, list):
        return [_draft_07(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {
        key: " ".join(item.split()) if key == "description" and isinstance(item, str) else _draft_07(item) for key, item in value.items()
    }
    if "$ref" in result and len(result) > 1:
        return {"allOf": [{"$ref": result.pop("$ref")}], **result}
    return result
