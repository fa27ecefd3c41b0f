"""Parts of /openapi.json that FastAPI cannot derive from our routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field


class Refused(BaseModel):
    """Nothing was changed."""

    detail: str = Field(description="one sentence")


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Refused, "description": "needs the token"},
    403: {
        "model": Refused,
        "description": "from another site, or for a name that is not this machine's",
    },
    413: {"model": Refused, "description": "too long"},
    422: {"model": Refused, "description": "not allowed; one sentence says what is"},
    429: {"model": Refused, "description": "too many requests from this address"},
}

# The keys of a model's schema that are kept; the others only describe its code.
DESCRIBED = {"type", "properties", "required", "additionalProperties", "items", "enum", "pattern"}
DESCRIBED |= {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "examples"}


def json_body(schema: Mapping[str, Any], required: bool = True) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"content": content, "required": required}}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model's body in one piece: FastAPI collects definitions only of bodies that
    it reads itself, and our own code reads ours."""
    whole = model.model_json_schema()
    return _described(whole, whole.get("$defs", {}))


def _described(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _described(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:  # something or null
        one = _described(schema["anyOf"][0], definitions)
        return {**one, "type": [one["type"], "null"]}
    found = {key: value for key, value in schema.items() if key in DESCRIBED}
    if "items" in found:
        found["items"] = _described(found["items"], definitions)
    if "properties" in found:
        fields = found["properties"].items()
        found["properties"] = {name: _described(field, definitions) for name, field in fields}
    return found
