"""Sending mails by SMTP."""

import smtplib
import ssl
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sqlalchemy import delete

from core.api.actions import Done, Outcome, Skipped
from core.api.errors import NotSent, Rejected
from core.api.text import N_
from core.db.session import ALL_TENANTS
from core.jobs.models import is_state
from core.mail.models import OutgoingMail

if TYPE_CHECKING:
    from core.app import App

_TIMEOUT = 20.0  # seconds, for each step of the conversation
_KEPT = timedelta(days=30)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def send_mail(app: "App", tenant_id: str, mail_id: str) -> Outcome:
    """Send one mail, then empty its bodies: the link in there is nobody else's business.

    Raises Rejected where the server refuses the recipient for good, NotSent where it may be tried
    again. A crash between sending and noting it sends the mail again, under the same Message-ID.
    """
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        mail = session.get(OutgoingMail, mail_id)
    if mail is None or not mail.text:
        return Skipped("The mail has been sent already.")
    _deliver(app.settings.mail_url, _message(app, mail))
    with app.db.unit_of_work(tenant_id) as session:
        sent = session.get_one(OutgoingMail, mail_id)
        sent.text = sent.html = ""
    return Done("Handed to the mail server.")


def clean_up(app: "App") -> str | None:
    """Delete what was sent a month ago; what failed is kept for somebody to look at."""
    old = OutgoingMail.finished_at <= app.clock() - _KEPT
    with app.db.unit_of_work(ALL_TENANTS) as session:
        gone = session.execute(delete(OutgoingMail).where(is_state(OutgoingMail, "done"), old))
    return f"{gone.rowcount} sent mails were deleted." if gone.rowcount else None  # type: ignore[attr-defined]


def _message(app: "App", mail: OutgoingMail) -> EmailMessage:
    sender = app.settings.mail_from
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.recipient, mail.subject
    message["Date"] = format_datetime(app.clock())
    message["Message-ID"] = f"<{mail.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _deliver(url: str, message: EmailMessage) -> None:
    try:
        with _connected(url) as server:
            _sign_in(server, url)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code = max(code for code, _ in error.recipients.values())
        if code >= 500:
            raise Rejected("recipient_refused", N_("The mail server refuses this address.")) from None
        raise NotSent(f"The mail server put the mail off with {code}.") from None
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"The mail server answered {error.smtp_code}.") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"The mail server can't be reached ({type(error).__name__}).") from None


def problem_with_server(url: str, timeout: float) -> str | None:
    """Why the mail server doesn't let us in, in a sentence; None where it does. Nothing is sent."""
    try:
        with _connected(url, timeout) as server:
            _sign_in(server, url)
            server.noop()
    except smtplib.SMTPAuthenticationError as error:
        return f"it refuses the name and the password ({error.smtp_code}): see dealpay.mail_url."
    except (smtplib.SMTPException, OSError) as error:
        return f"it can't be reached ({type(error).__name__}), so mails wait: see dealpay.mail_url."
    return None


def _connected(url: str, timeout: float = _TIMEOUT) -> smtplib.SMTP:
    """``smtps://`` is TLS from the start."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=timeout, context=context)
    return smtplib.SMTP(host, parts.port or 25, timeout=timeout)


def _sign_in(server: smtplib.SMTP, url: str) -> None:
    """With the name and the password of ``url``, if any; they travel by TLS, unless to this machine."""
    parts = urlsplit(url)
    if not parts.username:
        return
    if parts.scheme == "smtp" and parts.hostname not in _LOOPBACK:
        server.starttls(context=ssl.create_default_context())
    server.login(unquote(parts.username), unquote(parts.password or ""))
