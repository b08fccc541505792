"""Secrets are taken out of every log line, whoever wrote it."""

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

HIDDEN = "[redacted]"

_NAMES = re.compile(r"(?:^|_|-)(?:key|secret|password|token|authorization|cookie)s?$", re.IGNORECASE)
#: Named like a secret, and none: what stands in line for a record, and which key sealed a value.
_HARMLESS = frozenset({"record_key"})

_SHAPES = re.compile(
    # Stripe docs, "API keys" and "Webhooks": secret and restricted keys.
    r"\b(?:sk|rk)_(?:test|live)_\w+|\b(?:sk|rk)_\w{8,}"
    # Signing secrets, of Standard Webhooks too: base64.
    r"|\bwhsec_[\w+/=]{8,}"
    # A Kylas API key: a UUID, a colon, a number.
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:\d+"
    r"|(?<=\bBearer )\S+|(?<=\bBasic )\S+"
    # The password in a database or mail URL.
    r"|(?<=://)[^/\s:@]*:[^@\s/]+(?=@)"
    # The address of a page that its token opens.
    r"|(?<=/verify/)[\w-]{20,}|(?<=/invites/)[\w-]{20,}|(?<=/p/)[\w-]{20,}"
    r"|(?<=/password/)[\w-]{20,}|(?<=/address/)[\w-]{20,}"
    r"|(?<=/webhooks/)[\w-]+/[\w-]{20,}",
    re.IGNORECASE,
)


def redact_text(text: str) -> str:
    """``text`` with everything in it that looks like a secret hidden."""
    # Every shape holds a mark of some kind; most values of a log line are a plain word.
    return text if text.isalnum() else _SHAPES.sub(HIDDEN, text)


def redact(value: Any) -> Any:
    """``value`` with secrets hidden, by name in mappings and by shape in texts, however deep."""
    match value:
        case str():
            return redact_text(value)
        case Mapping():
            return {name: HIDDEN if is_secret(name) else redact(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redact(inner) for inner in value]
        case None | bool() | int() | float():
            return value
    return redact_text(str(value))


@lru_cache(1024)
def is_secret(name: object) -> bool:
    """Whether what is called ``name`` is a secret."""
    return str(name) not in _HARMLESS and bool(_NAMES.search(str(name)))


def processor(logger: Any, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The structlog processor."""
    kept = {name: event[name] for name in ("_record", "_from_structlog") if name in event}
    cleaned: dict[str, Any] = redact({n: v for n, v in event.items() if n not in kept})
    return cleaned | kept
