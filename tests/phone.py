"""A phone with an authenticator app: what it shows is computed from RFC 6238 and nothing of ours."""

import hmac
from base64 import b32decode
from dataclasses import dataclass, field
from datetime import datetime

from core.app import App
from core.people import service as people
from core.people.service import Member


def totp(secret: str, at: datetime) -> str:
    """The code at a moment; ``secret`` in Base32, in any groups."""
    steps = int(at.timestamp()) // 30
    digest = hmac.digest(b32decode(secret.replace(" ", "")), steps.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


@dataclass
class Phone:
    """With the secret of one member; ``recovery`` are the codes that were shown with it."""

    app: App
    secret: str
    recovery: list[str] = field(default_factory=list)

    @property
    def code(self) -> str:
        """What the app shows now."""
        return totp(self.secret, self.app.clock())

    @property
    def secrets(self) -> set[str]:
        """All that must be nowhere, with and without its groups."""
        shown = {self.secret, *self.recovery}
        return shown | {one.replace(" ", "") for one in shown}


def with_phone(app: App, member: Member, password: str) -> Phone:
    """Switch two-step sign-in on, as the page does."""
    begun = people.begin_two_step(app, member, password)
    shared = people.shared_secret(app, member, begun)
    assert shared
    phone = Phone(app, shared.secret)
    phone.recovery = people.switch_on(app, member, begun, phone.code, "")
    return phone
