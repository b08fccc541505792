"""Who makes a request, and what they may do."""

from collections.abc import Callable
from typing import Any, Protocol

from pyramid.request import Request, RequestLocalCache
from pyramid.security import Allowed, Denied

from core.app import App
from core.web.pages import MEMBER


class Identity(Protocol):
    """The signed-in member as the machinery here needs to know them."""

    @property
    def user_id(self) -> str: ...

    @property
    def tenant_id(self) -> str: ...

    def may(self, permission: str) -> bool:
        """Whether the member's role has ``permission``."""


class SessionSecurityPolicy:
    """A member is known by the web session and nothing else.

    ``load(app, user_id)`` reads the member anew for each request, so that a changed role or a
    deactivation takes effect at once.
    """

    def __init__(self, load: Callable[[App, str], Identity | None]):
        self._load_member = load
        self._identities = RequestLocalCache(self._load)

    def _load(self, request: Request) -> Identity | None:
        user_id = request.session.user_id
        member = self._load_member(request.app, user_id) if user_id else None
        if user_id and member is None:
            # Deactivated or gone: the session ends with it, and doesn't come back to life.
            request.session.invalidate()
        return member

    def identity(self, request: Request) -> Identity | None:
        identity: Identity | None = self._identities.get_or_create(request)
        return identity

    def authenticated_userid(self, request: Request) -> str | None:
        identity = self.identity(request)
        return identity.user_id if identity else None

    def permits(self, request: Request, context: Any, permission: str) -> Allowed | Denied:
        identity = self.identity(request)
        if identity is None:
            return Denied("nobody is signed in")
        if permission == MEMBER or identity.may(permission):
            return Allowed("the role has %s", permission)
        return Denied("the role lacks %s", permission)

    def remember(self, request: Request, userid: str, **_: Any) -> list[tuple[str, str]]:
        """Sign in: under a new session id, so that an id planted before is worth nothing."""
        request.session.sign_in(userid)
        self._identities.clear(request)
        return []

    def forget(self, request: Request, **_: Any) -> list[tuple[str, str]]:
        """Sign out: the session's row is deleted and its cookie expired."""
        request.session.invalidate()
        self._identities.clear(request)
        return []
