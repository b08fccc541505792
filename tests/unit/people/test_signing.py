"""What the pages can't show: races, and whose rows are whose."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.app import App
from core.db.session import ALL_TENANTS
from core.mail.models import OutgoingMail
from core.people import service, signing, tokens
from core.people.models import MailedToken, User
from core.people.service import Member, TokenRefused
from core.people.tokens import TokenState
from core.tenants.models import Tenant
from tests.support import Clock

ASHA = {"name": "Asha", "email": "asha@example.com", "password": "correct horse battery"}


def count(app: App, model: type) -> int:
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_signing_up_twice_at_once_is_one_workspace(app: App) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(service.sign_up, app, **ASHA) for _ in range(4)]:
            done.result()
    assert (count(app, User), count(app, Tenant), count(app, OutgoingMail)) == (1, 1, 4)


def test_whoever_loses_the_race_is_treated_as_known(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    find, looks = signing._find, []

    def find_too_early(app: App, email: str) -> User | None:
        looks.append(email)
        return find(app, email) if len(looks) > 1 else None

    service.sign_up(app, **ASHA)
    monkeypatch.setattr(signing, "_find", find_too_early)
    service.sign_up(app, **ASHA)
    assert (count(app, User), count(app, Tenant), count(app, OutgoingMail)) == (1, 1, 2)


def test_a_link_used_twice_at_once_works_once(app: App, owner: Member, clock: Clock) -> None:
    with app.db.unit_of_work(owner.tenant_id) as session:
        token = tokens.issue(session, owner.user_id, signing.CONFIRM, clock(), timedelta(hours=1))

    def confirm(_: int) -> bool:
        try:
            service.confirm_address(app, token)
        except TokenRefused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(confirm, range(4))) == [False, False, False, True]


def test_a_link_is_good_for_its_purpose_only(app: App, owner: Member, clock: Clock) -> None:
    with app.db.unit_of_work(owner.tenant_id) as session:
        token = tokens.issue(session, owner.user_id, "invite", clock(), timedelta(hours=1))
    assert service.token_state(app, token, signing.CONFIRM) is TokenState.UNKNOWN


def test_a_new_link_leaves_other_peoples_alone(
    app: App, owner: Member, stranger: Member, clock: Clock
) -> None:
    def issue(member: Member) -> str:
        with app.db.unit_of_work(member.tenant_id) as session:
            return tokens.issue(session, member.user_id, signing.CONFIRM, clock(), timedelta(hours=1))

    first, theirs, second = issue(owner), issue(stranger), issue(owner)
    states = [service.token_state(app, token, signing.CONFIRM) for token in (first, theirs, second)]
    assert states == [TokenState.EXPIRED, TokenState.VALID, TokenState.VALID]
    assert count(app, MailedToken) == 3
