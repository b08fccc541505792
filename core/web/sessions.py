"""Browser sessions: rows in the database behind one random cookie.

The cookie works inside the CRM's frame: browsers keep a partitioned cookie for each top-level
site, so the app in the frame and the app in a tab of its own are signed in separately.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from pyramid.interfaces import ISession
from pyramid.request import Request
from pyramid.response import Response
from zope.interface import implementer

COOKIE = "__Host-dealpay"
#: What a visitor brings along when they sign in: a CRM that is to be connected.
CARRIED = ("install", "installing")
#: Somebody whose second step of signing in is still to be taken, and who is nobody until then.
HALF = "half_signed_in"
# WebOb can't write `Partitioned`, and its delete_cookie leaves a `__Host-` cookie in place.
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=None; Partitioned"

#: A session of nobody holds a CSRF token and little else.
ANONYMOUS_LIFE = timedelta(days=1)
#: However often it is used, a sign-in ends after this (ASVS 5.0, 7.3.2).
LONGEST_LIFE = timedelta(days=90)
#: Seconds-exact times of the last visit aren't worth a write with every request.
TOUCH_AFTER = timedelta(minutes=15)


@dataclass(slots=True)
class SessionRecord:
    """A session as it is stored; the times are aware UTC."""

    user_id: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    user_agent: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


class SessionStore(Protocol):
    """Where sessions are kept, under the hash of their cookie. Each call is a transaction."""

    def load(self, session_id: str) -> SessionRecord | None: ...

    def add(self, session_id: str, record: SessionRecord) -> None: ...

    def change(self, session_id: str, record: SessionRecord) -> None:
        """Does nothing where the session was ended meanwhile: it must not come back to life."""

    def delete(self, session_id: str) -> None: ...


def hashed(cookie: str) -> str:
    """The id of the session behind ``cookie``: a copy of the table signs nobody in."""
    return hashlib.sha256(cookie.encode()).hexdigest()


@implementer(ISession)
class BrowserSession(dict[str, Any]):
    """The session of one request; its values are JSON. ``user_id`` is whose it is, if anybody's."""

    def __init__(self, record: SessionRecord | None, cookie: str | None):
        super().__init__(record.data if record else {})
        self.user_id = record.user_id if record else None
        self.new = record is None
        self._record = record
        self._cookie = cookie
        self._before = self._content()
        self._ended: list[str] = []

    @property
    def created(self) -> int:
        """When it began, in seconds since 1970; 0 while it isn't stored."""
        return int(self._record.created_at.timestamp()) if self._record else 0

    @property
    def id(self) -> str:
        """The id of its row; empty while it isn't stored."""
        return hashed(self._cookie) if self._cookie else ""

    def sign_in(self, user_id: str) -> None:
        """Go on as a session of ``user_id`` under a new cookie, empty but for what was begun for it."""
        self._renew()
        self.user_id = user_id

    def wait_for_code(self, half: dict[str, Any]) -> None:
        """Go on as a session of nobody, under a new cookie, that knows who has taken the first step."""
        self._renew()
        self[HALF] = half

    def _renew(self) -> None:
        carried = {name: self[name] for name in CARRIED if name in self}
        self.invalidate()
        self.update(carried)

    def invalidate(self) -> None:
        """End the session; what is put in afterwards starts a new one."""
        self.clear()
        if self._cookie:
            self._ended.append(self._cookie)
        self._cookie = self._record = self.user_id = None
        self.new = True

    def changed(self) -> None:
        """Needless: changes are found by comparing."""

    def flash(self, msg: Any, queue: str = "", allow_duplicate: bool = True) -> None:
        waiting = self.setdefault(f"_f_{queue}", [])
        if allow_duplicate or msg not in waiting:
            waiting.append(msg)

    def pop_flash(self, queue: str = "") -> list[Any]:
        popped: list[Any] = self.pop(f"_f_{queue}", [])
        return popped

    def peek_flash(self, queue: str = "") -> list[Any]:
        waiting: list[Any] = self.get(f"_f_{queue}", [])
        return waiting

    def new_csrf_token(self) -> str:
        token = self["_csrft_"] = secrets.token_urlsafe(32)
        return token

    def get_csrf_token(self) -> str:
        token: str = self.get("_csrft_") or self.new_csrf_token()
        return token

    def finish(
        self, store: SessionStore, response: Response, now: datetime, idle: timedelta, agent: str | None
    ) -> None:
        """Store what changed and tell the browser."""
        for cookie in self._ended:
            store.delete(hashed(cookie))
        if not self and self.user_id is None:
            if self._ended:
                response.headers.add("Set-Cookie", f"{COOKIE}=; {_ATTRIBUTES}; Max-Age=0")
            return
        record = self._record
        if record and self._content() == self._before and now - record.seen_at < TOUCH_AFTER:
            return
        created_at = record.created_at if record else now
        life = min(now + (idle if self.user_id else ANONYMOUS_LIFE), created_at + LONGEST_LIFE)
        current = SessionRecord(self.user_id, created_at, now, life, agent, dict(self))
        if self._cookie:
            store.change(hashed(self._cookie), current)
            return
        self._cookie = secrets.token_urlsafe(32)
        store.add(hashed(self._cookie), current)
        response.headers.add("Set-Cookie", f"{COOKIE}={self._cookie}; {_ATTRIBUTES}")

    def _content(self) -> str:
        return json.dumps([self.user_id, self], sort_keys=True)


def session_factory(store: SessionStore) -> Callable[[Request], BrowserSession]:
    """What ``request.session`` is made with: loaded when it is first asked for, saved at the end.

    It is saved after the request's own transaction, in one of its own: a refused request keeps it.
    """

    def make(request: Request) -> BrowserSession:
        app = request.app
        cookie = request.cookies.get(COOKIE)
        record = store.load(hashed(cookie)) if cookie else None
        if record and record.expires_at <= app.clock():
            record = None
        session = BrowserSession(record, cookie if record else None)

        def save(request: Request, response: Response) -> None:
            idle = timedelta(days=app.settings.session_days)
            agent = (request.user_agent or "")[:255] or None
            session.finish(store, response, app.clock(), idle, agent)

        request.add_response_callback(save)
        return session

    return make
