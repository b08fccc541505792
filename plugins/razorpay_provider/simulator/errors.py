"""Razorpay's refusals."""

from core.testing.store import Doc


class Refusal(Exception):
    """An error answer; its code is the same for a bad request and a bad key, as Razorpay's is."""

    def __init__(self, description: str, *, status: int = 400, code: str = "BAD_REQUEST_ERROR"):
        super().__init__(description)
        self.status = status
        self.body: Doc = {
            "error": {
                "code": code,
                "description": description,
                "source": "NA",
                "step": "NA",
                "reason": "NA",
                "metadata": {},
            }
        }


def missing() -> Refusal:
    """What is gone, or another account's."""
    return Refusal("The id provided does not exist")
