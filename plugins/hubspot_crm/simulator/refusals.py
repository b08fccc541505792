"""HubSpot's error answers: docs/contracts/hubspot.md says which of them somebody has seen."""

import json
import uuid
from typing import Any

from core.testing.simulator import Refused, answer
from core.testing.store import Doc


def error(status: int, category: str | None, message: str, **more: Any) -> Refused:
    """The shape that all have in common."""
    body: Doc = {"status": "error", "message": message, "correlationId": str(uuid.uuid4())}
    if category:
        body["category"] = category
    return Refused(answer(body | more, status))


def unauthenticated() -> Refused:
    """No token, or one that nobody knows."""
    return error(
        401,
        "INVALID_AUTHENTICATION",
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you "
        "can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
    )


def expired() -> Refused:
    """A token that was rotated or has run out."""
    return error(
        401,
        "EXPIRED_AUTHENTICATION",
        "The OAuth token used to make this call expired 3 day(s) ago.",
        context={"expire time": ["2026-11-01T00:00:00Z"]},
    )


def missing_scope(scope: str) -> Refused:
    return error(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. Read more about "
        "required scopes here: https://developers.hubspot.com/scopes.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [scope]},
            }
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )


def not_found() -> Refused:
    """Gone, another account's, or never there: HubSpot doesn't tell them apart."""
    return error(404, "OBJECT_NOT_FOUND", "Object not found.  objectId are usually numeric.")


def invalid(message: str) -> Refused:
    return error(400, "VALIDATION_ERROR", message)


def invalid_property(name: str, code: str, message: str) -> Refused:
    """HubSpot puts the details into the message, as JSON."""
    details = [{"isValid": False, "message": message, "error": code, "name": name}]
    return invalid(f"Property values were not valid: {json.dumps(details)}")


def too_many() -> Refused:
    """429, of the limit for ten seconds."""
    return error(
        429,
        None,
        "You have reached your ten_secondly_rolling limit.",
        errorType="RATE_LIMIT",
        policyName="TEN_SECONDLY_ROLLING",
    )
