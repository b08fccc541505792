"""Outgoing mail."""

from typing import Any

from core.mail.models import OutgoingMail
from core.mail.tasks import send_mail


def includeme(config: Any) -> None:
    """What sends the mails that were written."""
    config.registry.app.jobs.register(OutgoingMail, send_mail)
