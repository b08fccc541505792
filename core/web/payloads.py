"""What a provider sent, for a page: without its secrets, and without who paid."""

import json
import re
from typing import Any

from core.web.redaction import HIDDEN, is_secret, redact_text

#: What names a person or leads to one, whichever provider says it; all that stands below is hidden
#: too. Rather too much than too little: amounts, states and ids are what the page is for.
_PERSONAL = re.compile(
    r"^(?:custom_fields|evidence|owner|payer|shipping|shipping_details)$"
    r"|(?:^|_)(?:address|city|contact|dob|email|fingerprint|iban|ip|last4|line[123]|name|pan|phone"
    r"|postal_code|signature|surname|vpa|zip|(?:account|phone|routing)_number|tax_ids?)$"
)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SHAPES = re.compile(
    r"[^\s@<>\"']+@[^\s@<>\"']+\.\w+"  # an e-mail address
    r"|\+\d[\d ().-]{6,}\d"  # a phone number
    # Pages such as a receipt need no sign-in: only whose page it is stays.
    r"|(?<=://)(?P<host>[^/\s\"']+)/[^\s\"']+"
)


#: Characters that are laid out; a megabyte of brackets would come to hundreds of them.
LONGEST = 200_000


def redact_payload(text: str) -> str | None:
    """A JSON text, laid out, with secrets and whatever is personal hidden.

    It ends beyond LONGEST characters. None for what isn't JSON: nobody can tell what in it is personal.
    """
    try:
        return _laid_out(_redact(json.loads(text))).encode("utf-8", "replace").decode()
    except (ValueError, RecursionError):
        return None


def _laid_out(value: Any) -> str:
    parts, length = [], 0
    for part in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(value):
        parts.append(part)
        length += len(part)
        if length > LONGEST:
            return "".join([*parts, "\n… and more"])
    return "".join(parts)


def _redact(value: Any) -> Any:
    match value:
        case str():
            return _redact_text(value)
        case dict():
            return {_redact_text(name): _redact_named(name, inner) for name, inner in value.items()}
        case list():
            return [_redact(inner) for inner in value]
    return value


def _redact_named(name: str, value: Any) -> Any:
    if value in (None, "", [], {}) or isinstance(value, bool):
        return value  # that nothing was given may be just what somebody looks for
    snake = _CAPITAL.sub("_", name).replace("-", "_").lower()
    return HIDDEN if is_secret(name) or _PERSONAL.search(snake) else _redact(value)


def _redact_text(text: str) -> str:
    def hide(found: re.Match[str]) -> str:
        return f"{found['host']}/{HIDDEN}" if found["host"] else HIDDEN

    return _SHAPES.sub(hide, redact_text(text))
