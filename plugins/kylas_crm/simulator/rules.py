"""The search language: a ``jsonRule`` of fields, operators and values."""

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals

Found = list[Any]
Operator = Callable[[Found, list[Any]], bool]


def _contains(found: Found, wanted: list[Any]) -> bool:
    return any(str(wanted[0]) in str(value) for value in found)


def _between(found: Found, wanted: list[Any]) -> bool:
    return any(wanted[0] <= value <= wanted[1] for value in found)


OPERATORS: dict[str, Operator] = {
    "equal": lambda found, wanted: wanted[0] in found,
    "not_equal": lambda found, wanted: wanted[0] not in found,
    "in": lambda found, wanted: any(value in wanted for value in found),
    "not_in": lambda found, wanted: not any(value in wanted for value in found),
    "contains": _contains,
    "not_contains": lambda found, wanted: not _contains(found, wanted),
    "begins_with": lambda found, wanted: any(str(one).startswith(str(wanted[0])) for one in found),
    "greater": lambda found, wanted: any(value > wanted[0] for value in found),
    "greater_or_equal": lambda found, wanted: any(value >= wanted[0] for value in found),
    "less": lambda found, wanted: any(value < wanted[0] for value in found),
    "less_or_equal": lambda found, wanted: any(value <= wanted[0] for value in found),
    "between": _between,
    "is_empty": lambda found, wanted: not found,
    "is_null": lambda found, wanted: not found,
    "is_not_empty": lambda found, wanted: bool(found),
    "is_not_null": lambda found, wanted: bool(found),
}
_WITHOUT_VALUE = {"is_empty", "is_null", "is_not_empty", "is_not_null"}


def matching(
    rows: Sequence[Doc], rule: Any, free_text: Callable[[Doc], str] = lambda row: ""
) -> list[Doc]:
    """The rows that ``rule`` lets through; all of them for None. Raises Refused with 400."""
    return [row for row in rows if rule is None or _holds(row, rule, free_text)]


def _holds(row: Doc, rule: Any, free_text: Callable[[Doc], str]) -> bool:
    if not isinstance(rule, dict):
        raise refusals.invalid("Invalid jsonRule")
    if "rules" in rule:
        verdicts = [_holds(row, one, free_text) for one in rule["rules"]]
        return any(verdicts) if rule.get("condition") == "OR" else all(verdicts)
    name, kind = rule.get("operator"), rule.get("type", "string")
    if name == "multi_field":
        return str(rule.get("value", "")).casefold() in free_text(row).casefold()
    operator = OPERATORS.get(str(name))
    if not operator:
        raise refusals.invalid(f"Invalid operator {name}")
    found = _found(kind, _values(row, str(rule.get("field"))))
    wanted = [] if name in _WITHOUT_VALUE else _wanted(kind, rule.get("value"))
    if len(wanted) < {"between": 2}.get(str(name), 0 if name in _WITHOUT_VALUE else 1):
        raise refusals.invalid("Invalid value")
    return operator(found, wanted)


def _wanted(kind: str, value: Any) -> list[Any]:
    """A rule's value as a list; several numbers may come as one text with commas."""
    if isinstance(value, str) and kind in ("long", "double"):
        value = value.split(",")
    try:
        return [_typed(kind, one) for one in (value if isinstance(value, list) else [value])]
    except InvalidOperation as error:
        raise refusals.invalid("Invalid Type") from error


def _found(kind: str, values: Found) -> Found:
    """The values of a field as ``kind``; a text is no number, so it matches none."""
    try:
        return [_typed(kind, value) for value in values]
    except InvalidOperation:
        return []


def _typed(kind: str, value: Any) -> Any:
    """A value that compares with others of its kind; text without regard to case.

    Raises InvalidOperation for a number that isn't one.
    """
    if kind in ("long", "double"):
        return Decimal(str(value).strip())
    if kind == "boolean":
        return str(value).lower()
    if kind == "date":
        return str(value)[:19]
    return str(value).casefold()


def _values(row: Doc, field: str) -> Found:
    """What stands in a field: the ids of references, the values of e-mails, numbers and money."""
    node: Any = row
    for part in field.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    nodes = node if isinstance(node, list) else [node]
    values = [one.get("value", one.get("id")) if isinstance(one, dict) else one for one in nodes]
    return [value for value in values if value not in (None, "")]
