"""Members as other domains know them."""

from core.app import App
from core.people import service
from core.people.service import Member

ASHA = {"name": "Asha", "email": "asha@example.com", "password": "correct horse battery"}


def test_a_member_is_known_as_they_are_now(app: App, owner: Member) -> None:
    assert service.load_member(app, owner.user_id) == owner
    assert service.load_member(app, "usr_nobody") is None
    assert service.member_by_email(app, "OWNER@example.com") == owner
    service.sign_up(app, **ASHA)
    assert service.member_by_email(app, "asha@example.com") is None


def test_names_are_the_workspaces_own(app: App, owner: Member, stranger: Member) -> None:
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        assert service.name_of(session, owner.user_id) == "Asha Rao"
        assert service.name_of(session, stranger.user_id) == "a former member"
