"""Mails as they are written."""

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from sqlalchemy import select

from core import main
from core.app import App
from core.connections.notices import Trouble
from core.db.base import utc_now
from core.db.session import ALL_TENANTS
from core.mail import service as mail
from core.mail.models import OutgoingMail
from core.people.roles import Role
from core.people.service import Member
from core.resources import packaged
from tests.conftest import add_workspace
from tests.support import ORIGIN


def written(app: App, owner: Member, template: str, **values: object) -> OutgoingMail:
    with app.db.unit_of_work(owner.tenant_id) as session:
        mail.send(app, session, owner.tenant_id, "reader@example.com", template, **values)
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        return session.scalars(select(OutgoingMail)).one()


def test_a_mail_is_a_text_and_a_page(app: App, owner: Member) -> None:
    link = f"{ORIGIN}/verify/token?a=1&b=2"
    row = written(app, owner, "confirm_address", link=link, hours=24)
    assert row.subject == "Confirm your e-mail address for Dealpay"
    assert link in row.text.splitlines()
    assert row.text.startswith("Hello,")
    assert "&amp;b=2" in row.html
    assert f"<title>{row.subject}</title>" in row.html
    assert (row.recipient, row.record_key) == ("reader@example.com", "mail:reader@example.com")


#: What each mail is written with.
VALUES: dict[str, dict[str, Any]] = {
    "address_changed": {},
    "address_confirmed": {},
    "already_a_member": {},
    "asked_to_join": {"name": "Meera", "email": "m@x.example", "crm_tenant": "Northwind"},
    "confirm_address": {"link": f"{ORIGIN}/verify/t", "hours": 24},
    "confirm_new_address": {"link": f"{ORIGIN}/address/t", "hours": 24},
    "deactivated": {"workspace": "Northwind", "by": "Asha"},
    "invite": {"link": f"{ORIGIN}/invites/t", "at": utc_now()},
    "invite_accepted": {"name": "Meera", "email": "m@x.example"},
    "invite_reminder": {"link": f"{ORIGIN}/invites/t", "at": utc_now()},
    "new_browser": {"browser": "Firefox on Linux", "at": utc_now(), "link": f"{ORIGIN}/account"},
    "not_working": {
        "troubles": [Trouble("1", kind, "Shop", "It was revoked.") for kind in ("crm", "account", "x")],
        "link": f"{ORIGIN}/",
    },
    "password_changed": {},
    "recovery_code_used": {"left": 9, "link": f"{ORIGIN}/account/two-step"},
    "reset_password": {"link": f"{ORIGIN}/password/t", "minutes": 60},
    "role_changed": {"workspace": "Northwind", "by": "Asha", "role": Role.REP.label},
    "two_step_off": {"by": "Asha", "by_operator": False, "link": f"{ORIGIN}/account/two-step"},
    "two_step_on": {},
    "welcome": {"link": f"{ORIGIN}/login", "name": "Asha"},
}


def test_every_mail_is_here() -> None:
    there = {file.stem for file in packaged("templates").glob("mail/*.jinja2")}
    assert there == VALUES.keys()


@pytest.mark.parametrize("language", ["en", "de", "hi"])
@pytest.mark.parametrize("template", VALUES)
def test_every_mail_has_two_twins_and_one_action(
    app: App, owner: Member, template: str, language: str
) -> None:
    row = written(app, owner, template, language=language, timezone="Asia/Kolkata", **VALUES[template])
    assert 5 < len(row.subject) < 120
    assert f'<html lang="{language}" dir="ltr">' in row.html
    links = re.findall(r'href="([^"]+)"', row.html)
    assert len(links) <= 1
    assert [link for link in links if link not in row.text] == []
    for twin in (row.subject, row.text, row.html):
        assert not re.search(r"%\(|{{|{%|None\b|Undefined|<built-in", twin)
    # The same sentences in both.
    plain = " ".join(re.sub(r"<[^>]+>", " ", row.html.partition("<body")[2]).split())
    for line in row.text.splitlines():
        if line and line != "--" and not line.startswith(("http", "- ")):
            assert html.escape(line.rstrip(":"), quote=False)[:30] in plain.replace("&#39;", "'")


def test_times_are_the_recipients(app: App, owner: Member) -> None:
    at = datetime(2026, 1, 9, 20, 0, tzinfo=UTC)
    row = written(
        app, owner, "invite", language="de", timezone="Asia/Kolkata", link=f"{ORIGIN}/invites/t", at=at
    )
    assert "10.01.2026, 01:30 IST" in row.text


def test_names_are_text(app: App, owner: Member) -> None:
    name = "<b>O'Neil</b>\r\nBcc: x@evil.example"
    row = written(app, owner, "invite_accepted", name=name, email="a@x.example")
    assert "<b>" not in row.html
    assert "\n" not in row.subject
    assert "\r" not in row.subject


def give_up(app: App, owner: Member, row: OutgoingMail, why: str) -> None:
    with app.db.unit_of_work(owner.tenant_id) as session:
        again = session.get_one(OutgoingMail, row.id)
        again.job_state, again.result, again.last_error = "failed", why, why
        again.finished_at = app.clock()


def test_what_was_given_up_is_known_until_it_is_sent_again(
    app: App, owner: Member, stranger: Member
) -> None:
    row = written(app, owner, "password_changed")
    give_up(app, owner, row, "The mail server refuses this address.")
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        (one,) = mail.undelivered(session)
        assert (one.recipient, one.reason) == (row.recipient, "The mail server refuses this address.")
    with app.db.unit_of_work(stranger.tenant_id, read_only=True) as session:
        assert mail.undelivered(session) == []
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        assert mail.count_undelivered(session, row.created_at - timedelta(days=1)) == 1
    with app.db.unit_of_work(owner.tenant_id) as session:
        mail.send(app, session, owner.tenant_id, row.recipient, "password_changed")
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        assert mail.undelivered(session) == []


def test_it_leaves_only_when_its_transaction_is_committed(app: App, owner: Member) -> None:
    def undone() -> None:
        with app.db.unit_of_work(owner.tenant_id) as session:
            mail.send(app, session, owner.tenant_id, "a@example.com", "already_a_member")
            raise KeyError

    with pytest.raises(KeyError):
        undone()
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        assert session.scalars(select(OutgoingMail)).all() == []


def test_a_value_that_is_missing_is_no_empty_space(app: App, owner: Member) -> None:
    with pytest.raises(UndefinedError):
        written(app, owner, "confirm_address", hours=24)


def test_a_site_writes_its_own_mails(ini: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "site" / "mail"
    folder.mkdir(parents=True)
    (folder / "already_a_member.txt").write_text("Hi from {{ who }}\n\nFish & chips: {{ who }}\n")
    wsgi = main({}, **ini, **{"dealpay.template_path": str(tmp_path / "site")})
    app: App = wsgi.registry.app
    row = written(app, add_workspace(app, "A", "a@example.com"), "already_a_member", who="O'Neil")
    assert (row.subject, row.text) == ("Hi from O'Neil", "Fish & chips: O'Neil\n")
    app.db.engine.dispose()
    wsgi.registry.plugins.close()
