"""What Pydantic finds wrong, said to the person who typed it."""

from typing import Any

from core.api.text import N_, _, ngettext, show
from core.web.languages import grouped

_WHOLE = N_("Enter a whole number.")
_DATE = N_("Enter a date such as 2026-12-31.")
_CHOICE = N_("Choose one of the options.")

_SENTENCES = {
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": N_("This number is too large."),
    "decimal_parsing": N_("Enter a number."),
    "decimal_max_places": N_("Enter a number with at most %(decimal_places)s decimals."),
    "greater_than": N_("Enter a number above %(gt)s."),
    "greater_than_equal": N_("Enter %(ge)s or more."),
    "less_than": N_("Enter a number below %(lt)s."),
    "less_than_equal": N_("Enter %(le)s or less."),
    "string_pattern_mismatch": N_("This does not have the expected form. Check it for typing errors."),
    "date_parsing": _DATE,
    "date_type": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "literal_error": _CHOICE,
    "enum": _CHOICE,
}


def explain(problem: Any, label: str, *, chosen: bool = False) -> str:
    """A sentence for one entry of ``ValidationError.errors()``.

    ``label`` is the field's; ``chosen`` says that its value is picked, not typed.
    """
    kind, context = problem["type"], problem.get("ctx") or {}
    if kind == "missing":
        return (
            _("Choose “%(label)s”.", label=label) if chosen else _("Fill in “%(label)s”.", label=label)
        )
    if "error" in context:
        return _sentence(show(str(context["error"])))
    if "valid email" in problem["msg"]:
        return _("Enter an e-mail address such as name@example.com.")
    values = {name: grouped(value) for name, value in context.items()}
    if kind in ("string_too_short", "too_short"):
        least = context["min_length"]
        return ngettext("Use at least %(num)s character.", "Use at least %(num)s characters.", least)
    if kind in ("string_too_long", "too_long"):
        most = context["max_length"]
        return ngettext("Use at most %(num)s character.", "Use at most %(num)s characters.", most)
    if sentence := _SENTENCES.get(kind):
        return _(sentence, **values)
    return _sentence(problem["msg"])


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "।")) else f"{text}."
