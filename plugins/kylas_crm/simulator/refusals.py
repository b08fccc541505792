"""The error answers of Kylas. Their shape depends on the service that gives them.

Where public material shows no code for a case, the code here is invented in the service's range.
"""

from core.testing.simulator import Refused, answer

MISSING = (
    "The record doesn't seem to exist, or you don't have enough permissions to access it"  # QA suite
)
UNRECOGNISED = "Uhoh! We are not able to recognize you. Please login again."


def java(status: int, code: str, message: str, fields: str = "errorDetails") -> Refused:
    """The Java services (IAM, sales, deals): ``code`` and ``message``."""
    nothing: list[str] | None = None if fields == "fieldErrors" else []
    return Refused(answer({"code": code, "message": message, fields: nothing}, status))


def ruby(status: int, code: str, message: str) -> Refused:
    """The Ruby services (webhooks, meetings): ``errorCode`` and ``message``."""
    return Refused(answer({"errorCode": code, "message": message}, status))


def unrecognised() -> Refused:
    """No credential, or a bearer token that is wrong or over."""
    return java(401, "001002", UNRECOGNISED, "fieldErrors")


def invalid_key() -> Refused:
    """Kylas answers a wrong API key with 400, not 401."""
    return java(400, "001079", "Invalid API key", "fieldErrors")


def missing(kind: str) -> Refused:
    """Not there, of another tenant, or not this caller's to see: the same answer for each."""
    return java(404, "01001404" if kind == "deal" else "002404", MISSING)


def invalid(message: str, code: str = "002400") -> Refused:
    return java(400, code, message)


def something_went_wrong() -> Refused:
    """The opaque 500 of the deal service."""
    return java(500, "01003002", "Uhho! Something went wrong!")
