"""What can go wrong between the core and the outside, in the words the core acts on.

A port turns whatever else escapes from a plugin into one of these: from a verb that writes
into OutcomeUnknown, from a verb that reads into NotSent.
"""


class DealpayError(Exception):
    """The root of every error a plugin may raise on purpose."""


class InvalidAmount(DealpayError, ValueError):
    """Not an amount of money, or finer than its currency allows."""


class InvalidSignature(DealpayError):
    """A webhook delivery that its provider did not verifiably send.

    The message is for the account's page: it says which check failed, never what was sent.
    """


class CredentialsError(DealpayError):
    """The vendor refuses the credentials, or they can't be right.

    ``field`` is the name of the settings field to mark; the message is for the user.
    """

    def __init__(self, message: str, *, field: str | None = None):
        super().__init__(message)
        self.field = field


class Rejected(DealpayError):
    """The vendor understood and said no: trying the same again is no use.

    ``code`` is stable and for programs (``product_archived``, ``stage_not_found``);
    ``user_message`` is a sentence for a person and says what to do.
    """

    def __init__(self, code: str, user_message: str):
        super().__init__(f"{code}: {user_message}")
        self.code = code
        self.user_message = user_message


class NotFound(Rejected):
    """The thing is gone, or belongs to someone else: vendors don't tell the two apart."""

    def __init__(self, user_message: str, *, code: str = "not_found"):
        super().__init__(code, user_message)


class NotSent(DealpayError):
    """Certainly not done: safe to try again, after ``retry_after`` seconds where it is given."""

    def __init__(self, message: str, *, retry_after: float | None = None):
        super().__init__(message)
        self.retry_after = retry_after


class Throttled(NotSent):
    """The rate limit that all callers of a credential share is used up: nothing was sent.

    ``retry_after`` is when it is this caller's turn. Waiting for it is no failed attempt.
    """


class OutcomeUnknown(DealpayError):
    """Perhaps done, perhaps not: it must be looked up before it is tried again."""


class Unsupported(DealpayError):
    """The plugin doesn't offer this verb."""
