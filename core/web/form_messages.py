"""What Pydantic finds wrong, said to the person who typed it."""

from typing import Any

_SENTENCES = {
    "int_parsing": "Enter a whole number.",
    "int_type": "Enter a whole number.",
    "int_from_float": "Enter a whole number.",
    "int_parsing_size": "This number is too large.",
    "decimal_parsing": "Enter a number.",
    "decimal_max_places": "Enter a number with at most {decimal_places} decimals.",
    "greater_than": "Enter a number above {gt}.",
    "greater_than_equal": "Enter {ge} or more.",
    "less_than": "Enter a number below {lt}.",
    "less_than_equal": "Enter {le} or less.",
    "string_too_short": "Use at least {min_length} characters.",
    "string_too_long": "Use at most {max_length} characters.",
    "too_short": "Use at least {min_length} characters.",
    "too_long": "Use at most {max_length} characters.",
    "string_pattern_mismatch": "This does not have the expected form. Check it for typing errors.",
    "date_parsing": "Enter a date such as 2026-12-31.",
    "date_type": "Enter a date such as 2026-12-31.",
    "date_from_datetime_parsing": "Enter a date such as 2026-12-31.",
    "date_from_datetime_inexact": "Enter a date such as 2026-12-31.",
    "literal_error": "Choose one of the options.",
    "enum": "Choose one of the options.",
}


def explain(problem: Any, label: str, *, chosen: bool = False) -> str:
    """A sentence for one entry of ``ValidationError.errors()``.

    ``label`` is the field's; ``chosen`` says that its value is picked, not typed.
    """
    context = problem.get("ctx") or {}
    if problem["type"] == "missing":
        return f"{'Choose' if chosen else 'Enter'} the {_in_a_sentence(label)}."
    if "error" in context:
        return _sentence(str(context["error"]))
    if "valid email" in problem["msg"]:
        return "Enter an e-mail address such as name@example.com."
    if sentence := _SENTENCES.get(problem["type"]):
        return sentence.format_map({name: _grouped(value) for name, value in context.items()})
    return _sentence(problem["msg"])


def _in_a_sentence(label: str) -> str:
    """``Secret key`` becomes ``secret key``; ``API key`` stays."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _grouped(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
