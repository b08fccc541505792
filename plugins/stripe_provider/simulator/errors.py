"""Stripe's refusals, in the shape that its clients turn into exceptions."""

from typing import Any


class Refusal(Exception):
    """An error answer. ``code`` and ``param`` are those of docs.stripe.com/error-codes."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ):
        super().__init__(message)
        self.status = status
        details = {"code": code, "message": message, "param": param, "type": type}
        self.error = {name: value for name, value in details.items() if value is not None}

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.error}


def no_such(kind: str, id: str, param: str = "id") -> Refusal:
    """404 where the id is the address, 400 where it is a parameter, as Stripe answers."""
    status = 404 if param == "id" else 400
    noun = kind.replace("_", " ").removeprefix("checkout.")
    return Refusal(f"No such {noun}: '{id}'", status=status, code="resource_missing", param=param)
