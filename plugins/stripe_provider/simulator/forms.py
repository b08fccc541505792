"""Stripe's form encoding: ``line_items[0][price]=price_1``, decoded and checked.

What an endpoint accepts is written as plain data:

- ``str``, ``int``, ``bool``, ``Decimal``; ``Text(500)`` limits the length; a set of words is a choice
- ``[spec]`` is a list, ``{"name": spec}`` an object; ``METADATA`` and ``RANGE`` are below
- ``name!`` must be given; ``name?`` may be cleared with an empty string, which comes out as None

Everything else is refused as ``parameter_unknown``: what this simulator doesn't know, it doesn't
pretend to do.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from plugins.stripe_provider.simulator.errors import Refusal


@dataclass(frozen=True)
class Text:
    """A string of at most ``limit`` characters."""

    limit: int


METADATA = object()
"""Up to 50 strings by key; an empty string removes a key (Stripe docs: Metadata)."""
RANGE = object()
"""``created=17`` or ``created[gte]=17``: comes out as an object of bounds."""

Params = dict[str, Any]
Spec = Any
_BOUNDS = {"gt": int, "gte": int, "lt": int, "lte": int}


def decode(encoded: str) -> Params:
    """Nested dicts of a form or a query string; lists are dicts of ``"0"``, ``"1"``, ..."""
    decoded: Params = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        *outer, last = (part.rstrip("]") for part in name.split("["))
        target = decoded
        for part in outer:
            inner = target.setdefault(part or str(len(target)), {})
            if not isinstance(inner, dict):
                raise Refusal(f"Invalid object: {name}", param=name)
            target = inner
        target[last or str(len(target))] = value
    return decoded


def check(given: Params, spec: dict[str, Spec], parent: str = "") -> Params:
    """``given`` with the types of ``spec``; raises Refusal naming the parameter."""

    def named(name: str) -> str:
        return f"{parent}[{name}]" if parent else name

    known = {name.rstrip("!?"): (name, inner) for name, inner in spec.items()}
    for name in given:
        if name not in known:
            raise Refusal(
                f"Received unknown parameter: {named(name)}",
                code="parameter_unknown",
                param=named(name),
            )
    for name, (marked, _) in known.items():
        if marked.endswith("!") and name not in given:
            raise Refusal(
                f"Missing required param: {named(name)}.",
                code="parameter_missing",
                param=named(name),
            )
    checked = {}
    for name, value in given.items():
        marked, inner = known[name]
        clears = value == "" and marked.endswith("?")
        checked[name] = None if clears else _value(value, inner, named(name))
    return checked


def _value(value: Any, spec: Spec, param: str) -> Any:
    if spec is METADATA:
        return _metadata(value, param)
    if spec is RANGE:
        if isinstance(value, str):
            value = {"gte": value, "lte": value}
        return check(value, _BOUNDS, param)
    if isinstance(spec, dict):
        return check(_mapping(value, "object", param), spec, param)
    if isinstance(spec, list):
        items = _mapping(value, "array", param)
        if not all(key.isdecimal() for key in items):
            raise Refusal("Invalid array", param=param)
        in_order = sorted(items.items(), key=lambda item: int(item[0]))
        return [_value(item, spec[0], f"{param}[{key}]") for key, item in in_order]
    if not isinstance(value, str):
        raise Refusal("Invalid string: an object was given", param=param)
    if value == "":
        raise Refusal(
            f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a"
            f" parameter; however '{param}' cannot be unset.",
            code="parameter_invalid_empty",
            param=param,
        )
    if isinstance(spec, Text):
        if len(value) > spec.limit:
            raise Refusal(
                f"Invalid string: {value[:10]}...; must be at most {spec.limit} characters",
                code="parameter_invalid_string",
                param=param,
            )
        return value
    if isinstance(spec, (set, frozenset)):
        if value not in spec:
            raise Refusal(f"Invalid {param}: must be one of {', '.join(sorted(spec))}", param=param)
        return value
    return _scalar(value, spec, param)


_SCALARS: dict[type, tuple[str, str, Callable[[str], Any]]] = {
    int: (r"-?\d{1,18}", "integer", int),
    bool: (r"true|false", "boolean", "true".__eq__),
    Decimal: (r"-?\d{1,18}(\.\d{1,12})?", "decimal", Decimal),
    str: (r"(?s).*", "string", str),
}


def _scalar(value: str, spec: type, param: str) -> Any:
    pattern, noun, convert = _SCALARS[spec]
    if not re.fullmatch(pattern, value):
        raise Refusal(f"Invalid {noun}: {value}", code=f"parameter_invalid_{noun}", param=param)
    return convert(value)


def _mapping(value: Any, noun: str, param: str) -> Params:
    if not isinstance(value, dict):
        raise Refusal(f"Invalid {noun}", param=param)
    return value


def _metadata(value: Any, param: str) -> dict[str, str]:
    pairs = _mapping(value, "object", param)
    for key, text in pairs.items():
        if not isinstance(text, str) or len(key) > 40 or len(text) > 500:
            raise Refusal(
                "Metadata keys have at most 40 characters, values are strings of at most 500",
                param=f"{param}[{key[:40]}]",
            )
    return pairs


def merged(metadata: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    """Metadata after an update: new keys added, those with an empty value removed."""
    result = {key: value for key, value in (metadata | changes).items() if value != ""}
    if len(result) > 50:
        raise Refusal("You may only specify up to 50 keys of metadata.", param="metadata")
    return result
