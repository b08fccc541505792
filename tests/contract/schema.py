"""Hold requests and answers against a vendor's OpenAPI 3.0 document.

Stripe's requests are forms with nested names (``line_items[0][price]``), which no ready-made
checker reads. Requests are closed: a parameter the document doesn't know is an error. Answers are
open, as vendors add fields at any time.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Schema = dict[str, Any]
DATA = Path(__file__).parent / "data"
_FORM = "application/x-www-form-urlencoded"
_DOCUMENT = "urn:openapi"
_COERCE: dict[str, tuple[str, Callable[[str], Any]]] = {
    "integer": (r"-?\d+", int),
    "number": (r"-?\d+(\.\d+)?", float),
    "boolean": (r"true|false", "true".__eq__),
}


class Contract:
    """One vendor's API. Both checks answer with a list of complaints, empty when all is well."""

    def __init__(self, document: Schema):
        self._paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operations)
            for path, operations in document["paths"].items()
        ]
        answers = DRAFT202012.create_resource(
            {"components": json_schema(document["components"], closed=False)}
        )
        self._registry = Registry().with_resource(_DOCUMENT, answers)

    def request_errors(self, method: str, path: str, form: str = "") -> list[str]:
        """What is wrong with a request; ``form`` is its body, or the query string of a GET."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not in the document"]
        if method.upper() == "GET":
            parameters = [one for one in operation["parameters"] if one["in"] == "query"]
            schema: Schema = {
                "type": "object",
                "properties": {one["name"]: one["schema"] for one in parameters},
                "required": [one["name"] for one in parameters if one["required"]],
            }
        else:
            schema = operation["requestBody"]["content"][_FORM]["schema"]
        schema = json_schema(schema, closed=True)
        return self._errors(schema, self._coerce(decode(form), schema))

    def answer_errors(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What is wrong with the decoded JSON of an answer."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not in the document"]
        responses = operation["responses"]
        response = responses.get(str(status), responses["default"])
        schema = response["content"]["application/json"]["schema"]
        return self._errors(json_schema(schema, closed=False), body)

    def object_errors(self, name: str, body: Any) -> list[str]:
        """What is wrong with one object, such as the ``event`` of a webhook."""
        return self._errors({"$ref": f"{_DOCUMENT}#/components/schemas/{name}"}, body)

    def _operation(self, method: str, path: str) -> Schema | None:
        for pattern, operations in self._paths:
            if pattern.fullmatch(path) and method.lower() in operations:
                return dict(operations[method.lower()])
        return None

    def _errors(self, schema: Schema, value: Any) -> list[str]:
        found = Draft202012Validator(schema, registry=self._registry).iter_errors(value)
        return [f"{error.json_path}: {error.message[:300]}" for error in found]

    def _coerce(self, value: Any, schema: Schema) -> Any:
        """Form values with the types that ``schema`` asks for; what doesn't fit stays as it is."""
        if "anyOf" in schema:
            tries = [(one, self._coerce(value, one)) for one in schema["anyOf"]]
            return next((got for one, got in tries if not self._errors(one, got)), tries[0][1])
        kind = schema.get("type")
        if kind in _COERCE and isinstance(value, str):
            pattern, convert = _COERCE[kind]
            return convert(value) if re.fullmatch(pattern, value) else value
        if kind == "array" and isinstance(value, dict):
            if list(value) == [str(index) for index in range(len(value))]:
                return [self._coerce(item, schema["items"]) for item in value.values()]
        elif kind == "object" and isinstance(value, dict):
            known = schema.get("properties", {})
            return {name: self._coerce(item, known.get(name, {})) for name, item in value.items()}
        return value


@cache
def stripe() -> Contract:
    """Stripe's API as of 2026-05-27.dahlia, the part that Dealpay uses.

    The paths of disputes, whose schema is in the document, are in a file of their own.
    """
    document = json.loads((DATA / "stripe-openapi.json").read_text())
    document["paths"] |= json.loads((DATA / "stripe-disputes.json").read_text())["paths"]
    return Contract(document)


def decode(form: str) -> dict[str, Any]:
    """``a[b][0]=c`` as ``{"a": {"b": {"0": "c"}}}``; a name that comes twice is refused."""
    decoded: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)):
        *outer, last = re.findall(r"[^\[\]]+", name)
        target = decoded
        for part in outer:
            target = target.setdefault(part, {})
        if not isinstance(target, dict) or last in target:
            raise ValueError(f"{name} comes twice")
        target[last] = value
    return decoded


def json_schema(node: Any, *, closed: bool) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema; ``closed`` objects take no unknown property."""
    if isinstance(node, list):
        return [json_schema(item, closed=closed) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": _DOCUMENT + node["$ref"]}
    schema = {name: json_schema(item, closed=closed) for name, item in node.items()}
    if closed and schema.get("type") == "object" and "properties" in schema:
        schema.setdefault("additionalProperties", False)
    if schema.get("nullable") is True:
        del schema["nullable"]
        return {"anyOf": [schema, {"type": "null"}]}
    return schema
