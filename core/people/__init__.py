"""People: members, their sessions, signing up and in."""

from typing import Any

from core.people.service import load_member
from core.people.tasks import clean_up
from core.people.web_sessions import WebSessionRows
from core.web.security import SessionSecurityPolicy
from core.web.sessions import session_factory


def includeme(config: Any) -> None:
    """The pages of signing up and in, the sessions behind them, and who ``request.identity`` is."""
    config.set_session_factory(session_factory(WebSessionRows(config.registry.app.db)))
    config.set_security_policy(SessionSecurityPolicy(load_member))
    config.add_route("signup", "/signup")
    config.add_route("check_mail", "/verify")
    config.add_route("verify", "/verify/{token}")
    config.add_route("login", "/login")
    config.add_route("logout", "/logout")
    config.scan("core.people.views")
    config.registry.app.jobs.periodic("people.clean_up", 3600, clean_up)
