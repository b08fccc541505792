"""Mails on their way, to real mail servers."""

import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from core.api.actions import Done, Skipped
from core.api.errors import NotSent, Rejected
from core.app import App
from core.mail.models import OutgoingMail
from core.mail.tasks import send_mail
from core.people.service import Member
from tests.support import free_port


class Clerk:
    """Takes mail, or answers ``refusal``; remembers what it heard."""

    def __init__(self) -> None:
        self.refusal = ""
        self.mails: list[bytes] = []
        self.logins: list[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any) -> str:
        if not self.refusal:
            envelope.rcpt_tos.append(to)
        return self.refusal or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content)
        return "250 OK"

    def sign_in(self, server: Any, session: Any, envelope: Any, how: str, given: Any) -> AuthResult:
        self.logins.append((given.login, given.password))
        return AuthResult(success=given.password == b"p@ss", handled=False)


Office = Callable[..., tuple[Clerk, str]]


@pytest.fixture
def office() -> Iterator[Office]:
    """A mail server on ``host``: its clerk, and where it is."""
    controllers = []

    def opened(host: str = "127.0.0.1", **options: Any) -> tuple[Clerk, str]:
        clerk = Clerk()
        controller = Controller(
            clerk,
            hostname=host,
            port=free_port(),
            authenticator=clerk.sign_in,
            auth_require_tls=False,
            **options,
        )
        controller.start()
        controllers.append(controller)
        return clerk, f"{host}:{controller.port}"

    yield opened
    for controller in controllers:
        controller.stop()


@pytest.fixture
def mail(app: App, owner: Member) -> OutgoingMail:
    row = OutgoingMail(
        record_key="mail",
        recipient="reader@example.com",
        subject="Grüße, ₹ and more",
        text="Hello ₹,\n.\nbye\n",
        html="<p>Hello ₹</p>",
    )
    with app.db.unit_of_work(owner.tenant_id) as session:
        session.add(row)
    return row


def at(app: App, url: str, **changed: str) -> App:
    return replace(app, settings=app.settings.model_copy(update={"mail_url": url, **changed}))


def stored(app: App, mail: OutgoingMail) -> OutgoingMail:
    with app.db.unit_of_work(mail.tenant_id, read_only=True) as session:
        return session.get_one(OutgoingMail, mail.id)


def test_a_mail_arrives_as_it_was_written(app: App, mail: OutgoingMail, office: Office) -> None:
    clerk, place = office()
    sender = at(app, f"smtp://{place}", mail_from="Dealpay <no-reply@pay.example.com>")
    assert isinstance(send_mail(sender, mail.tenant_id, mail.id), Done)
    (raw,) = clerk.mails
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Subject"] == mail.subject
    assert message["From"] == "Dealpay <no-reply@pay.example.com>"
    assert message["Message-ID"] == f"<{mail.id}@pay.example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == mail.text
    assert message.get_body(("html",)).get_content().strip() == mail.html


def test_what_was_sent_is_forgotten(app: App, mail: OutgoingMail, office: Office) -> None:
    clerk, place = office()
    sender = at(app, f"smtp://{place}")
    send_mail(sender, mail.tenant_id, mail.id)
    row = stored(app, mail)
    assert (row.text, row.html, row.subject) == ("", "", mail.subject)
    assert isinstance(send_mail(sender, mail.tenant_id, mail.id), Skipped)
    assert len(clerk.mails) == 1


@pytest.mark.parametrize(
    ("refusal", "error"), [("550 no such user", Rejected), ("451 come again", NotSent)]
)
def test_a_refusal_is_final_or_not(
    app: App, mail: OutgoingMail, office: Office, refusal: str, error: type[Exception]
) -> None:
    clerk, place = office()
    clerk.refusal = refusal
    with pytest.raises(error):
        send_mail(at(app, f"smtp://{place}"), mail.tenant_id, mail.id)
    assert stored(app, mail).text == mail.text


def test_a_server_that_is_away_is_tried_again(app: App, mail: OutgoingMail) -> None:
    with pytest.raises(NotSent, match="can't be reached"):
        send_mail(at(app, f"smtp://127.0.0.1:{free_port()}"), mail.tenant_id, mail.id)


def test_a_message_the_server_wont_take_is_tried_again(
    app: App, mail: OutgoingMail, office: Office
) -> None:
    _, place = office(data_size_limit=10)
    with pytest.raises(NotSent, match="answered 552"):
        send_mail(at(app, f"smtp://{place}"), mail.tenant_id, mail.id)


def test_the_password_of_the_url_signs_in(app: App, mail: OutgoingMail, office: Office) -> None:
    clerk, place = office()
    send_mail(at(app, f"smtp://me:p%40ss@{place}"), mail.tenant_id, mail.id)
    assert clerk.logins[-1] == (b"me", b"p@ss")
    assert len(clerk.mails) == 1


def test_a_wrong_password_is_the_operators_to_mend(app: App, mail: OutgoingMail, office: Office) -> None:
    _, place = office()
    with pytest.raises(NotSent, match="answered 535"):
        send_mail(at(app, f"smtp://me:wrong@{place}"), mail.tenant_id, mail.id)


def test_no_password_travels_in_clear(app: App, mail: OutgoingMail, office: Office) -> None:
    clerk, place = office("127.0.0.2")  # not this machine by name, and it offers no TLS
    with pytest.raises(NotSent, match="SMTPNotSupportedError"):
        send_mail(at(app, f"smtp://me:p%40ss@{place}"), mail.tenant_id, mail.id)
    assert clerk.logins == []


def test_smtps_is_tls_from_the_start(app: App, mail: OutgoingMail, office: Office) -> None:
    clerk, place = office()
    with pytest.raises(NotSent, match="SSLError"):
        send_mail(at(app, f"smtps://me:p%40ss@{place}"), mail.tenant_id, mail.id)
    assert clerk.logins == []
