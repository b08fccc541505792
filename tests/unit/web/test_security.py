"""Who makes a request, and what they may do."""

from typing import Any

from pyramid.testing import DummyRequest

from core.app import App
from core.people.roles import Permission
from core.people.service import Member, load_member
from core.web.pages import MEMBER
from core.web.security import SessionSecurityPolicy
from core.web.sessions import BrowserSession


def request_of(app: App, user_id: str | None) -> Any:
    request = DummyRequest()
    request.app = app
    request.session = BrowserSession(None, None)
    request.session.user_id = user_id
    return request


def test_a_member_is_known_by_the_session(app: App, owner: Member) -> None:
    policy, request = SessionSecurityPolicy(load_member), request_of(app, owner.user_id)
    assert policy.identity(request) == owner
    assert policy.authenticated_userid(request) == owner.user_id
    assert policy.permits(request, None, MEMBER)
    assert policy.permits(request, None, Permission.CRM_MANAGE)
    assert not policy.permits(request, None, "launch:missiles")


def test_nobody_may_do_nothing(app: App) -> None:
    policy, request = SessionSecurityPolicy(load_member), request_of(app, None)
    assert policy.identity(request) is None
    assert policy.authenticated_userid(request) is None
    assert not policy.permits(request, None, MEMBER)


def test_one_who_is_gone_ends_the_session(app: App) -> None:
    policy, request = SessionSecurityPolicy(load_member), request_of(app, "usr_gone")
    assert policy.identity(request) is None
    assert request.session.user_id is None


def test_signing_in_and_out_take_effect_within_the_request(app: App, owner: Member) -> None:
    policy, request = SessionSecurityPolicy(load_member), request_of(app, None)
    assert policy.identity(request) is None
    policy.remember(request, owner.user_id)
    assert policy.identity(request) == owner
    policy.forget(request)
    assert policy.identity(request) is None
