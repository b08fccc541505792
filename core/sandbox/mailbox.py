"""The sandbox's mail server: it takes every mail and shows it."""

import email
import email.policy
import logging
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from core.testing.store import Doc, Store


class Mailbox:
    """Keeps what it is sent, newest last."""

    def __init__(self, store: Store):
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd for each mail."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        message = email.message_from_bytes(raw, policy=email.policy.default)
        self.add({"to": envelope.rcpt_tos, **_parts(message)})
        return "250 Message accepted for delivery"

    def add(self, mail: Doc) -> None:
        """Keep a mail: ``to``, which is a list, ``from``, ``subject``, ``date``, ``text``, ``html``."""
        number = self._store.counter("mail")
        self._store.put("mail", number, {**mail, "id": number})

    def all(self) -> list[Doc]:
        """Every mail, newest first."""
        return self._store.all("mail")[::-1]

    def get(self, number: str) -> Doc | None:
        return self._store.get("mail", number)

    def clear(self) -> None:
        self._store.clear()

    def close(self) -> None:
        self._store.close()


def _parts(message: Any) -> dict[str, str]:
    assert isinstance(message, EmailMessage)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "from": str(message["From"]),
        "subject": str(message["Subject"]),
        "date": str(message["Date"]),
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
    }


def listen(mailbox: Mailbox, host: str, port: int) -> Controller:
    """Start taking mail on ``host``:``port``; the caller stops it."""
    # It reports each connection that opens and closes.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    controller = Controller(mailbox, hostname=host, port=port)
    controller.start()
    return controller
