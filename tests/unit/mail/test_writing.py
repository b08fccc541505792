"""Mails as they are written."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError
from sqlalchemy import select

from core import main
from core.app import App
from core.mail import service as mail
from core.mail.models import OutgoingMail
from core.people.service import Member
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
