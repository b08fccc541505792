"""People: members, their sessions, signing up and in."""

from typing import Any

from core.people.invites import remind
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
    config.add_route("login_code", "/login/code")
    config.add_route("logout", "/logout")
    config.add_route("forgot", "/password")
    config.add_route("reset", "/password/{token}")
    config.add_route("invite", "/invites/{token}")
    config.add_route("popup", "/popup")
    config.add_route("popup_code", "/popup/code")
    config.add_route("my_account", "/account")
    config.add_route("my_sessions", "/account/sessions")
    config.add_route("two_step", "/account/two-step")
    config.add_route("new_address", "/address/{token}")
    config.add_route("team", "/users")
    config.add_route("team_new", "/users/new")
    config.add_route("team_member", "/users/{id}")
    config.add_route("team_active", "/users/{id}/active")
    config.add_route("team_two_step", "/users/{id}/two-step")
    config.add_route("invitation_resend", "/invitations/{id}/resend")
    config.add_route("invitation_link", "/invitations/{id}/link")
    config.add_route("invitation_revoke", "/invitations/{id}/revoke")
    config.scan("core.people.views")
    config.registry.app.jobs.periodic("people.clean_up", 3600, clean_up)
    config.registry.app.jobs.periodic("people.remind", 3600, remind)
